"""`make bench`: every figure beside its bare reference, measured in the same run."""

from bench import certificates, pipeline

if __name__ == "__main__":
    short = ["--pages", "400", "--processes", "1", "--rounds", "1"]
    raise SystemExit(max(pipeline.main(), certificates.main(short)))
