"""`make bench`: every figure beside its bare reference, measured in the same run."""

from bench import pipeline

if __name__ == "__main__":
    raise SystemExit(pipeline.main())
