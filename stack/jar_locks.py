"""Programs in Java: which jars they are made of, with their checksums, and how that is written."""

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Jar:
    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def path(self) -> Path:
        """Where Maven keeps it, below the root of a repository."""
        name = f"{self.artifact}-{self.version}.jar"
        return Path(*self.group.split(".")) / self.artifact / self.version / name


@dataclass(frozen=True)
class Program:
    """A program in Java with everything it needs, as its lock file has it.

    `whole` is its own artifact. `instead` says what one can do where it cannot be fetched.
    """

    name: str
    whole: str
    file: str
    instead: str = ""

    @property
    def lock(self) -> Path:
        return Path(__file__).with_name(self.file)


KAFKA = Program(
    "Apache Kafka 4.3.1",
    "org.apache.kafka:kafka_2.13:4.3.1",
    "kafka-jars.txt",
    " Or set KAFKA_BOOTSTRAP_SERVERS to a Kafka that runs elsewhere.",
)
# Only tests need it: the reference validator of PDF/A and PDF/UA.
VERAPDF = Program("veraPDF 1.28.2", "org.verapdf.apps:greenfield-apps:1.28.2", "verapdf-jars.txt")
# And a compiler for the example in Java: the Java of the wheel has none.
ECJ = Program("the Eclipse compiler for Java 3.43.0", "org.eclipse.jdt:ecj:3.43.0", "ecj-jars.txt")
# As Java classes, what Strimzi's operator reads of a chart: no package has its schemas.
STRIMZI = Program(
    "Strimzi's model of its resources 0.49.0", "io.strimzi:api:0.49.0", "strimzi-jars.txt"
)


def locked(of: Program = KAFKA) -> list[Jar]:
    """The jars of a lock file."""
    found = []
    for line in of.lock.read_text().splitlines():
        if line and not line.startswith("#"):
            name, size, digest = line.split()
            group, artifact, version = name.split(":")
            found.append(Jar(group, artifact, version, int(size), digest))
    return found


def sum_of(path: Path) -> str:
    """SHA-256, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _lock(of: Program, word: str) -> None:
    import jgo

    artifacts = sorted(jgo.resolve(of.whole), key=lambda a: (a.groupId, a.artifactId))
    paths = {f"{a.groupId}:{a.artifactId}:{a.version}": Path(a.resolve()) for a in artifacts}
    _write(of, paths, f"python -m stack.jar_locks {word}")


def _lock_by_maven(of: Program, word: str, repository_of_it: Path) -> None:
    """From a directory of jars as a repository is laid out: its ranges of versions are too much
    for jgo, so Maven itself resolves them (`dependency:copy-dependencies` of the artifact, with
    `-DincludeScope=runtime -Dmdep.useRepositoryLayout=true`)."""
    paths = {}
    for path in sorted(repository_of_it.rglob("*.jar")):
        *group, artifact, version, _ = path.relative_to(repository_of_it).parts
        paths[f"{'.'.join(group)}:{artifact}:{version}"] = path
    _write(of, paths, f"python -m stack.jar_locks {word} target/dependency")


def _write(of: Program, paths: dict[str, Path], command: str) -> None:
    lines = [
        f"# {of.name} with everything it needs: group:artifact:version, bytes, SHA-256.",
        f"# Written by `{command}`; another sum is never put on a class path.",
        *(f"{name} {path.stat().st_size} {sum_of(path)}" for name, path in paths.items()),
    ]
    of.lock.write_text("\n".join(lines) + "\n")


if __name__ == "__main__" and sys.argv[1:] in (["kafka"], ["ecj"]):
    _lock({"kafka": KAFKA, "ecj": ECJ}[sys.argv[1]], sys.argv[1])
if __name__ == "__main__" and sys.argv[1:2] in (["verapdf"], ["strimzi"]):
    _lock_by_maven(
        {"verapdf": VERAPDF, "strimzi": STRIMZI}[sys.argv[1]], sys.argv[1], Path(sys.argv[2])
    )
