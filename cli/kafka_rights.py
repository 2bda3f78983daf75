"""What Kafka lets a partner do: its topic, its user with a password, and its rights.

By librdkafka (confluent-kafka), for aiokafka knows no users. It is reached as everything else is
(`KAFKA_…`), by somebody who may do this there.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from cli.say import AWAY, REFUSED, Ends
from shared.contracts.topics import PARTNER_PARTITIONS, partner_configs
from shared.runtime.kafka import Bootstrap, Security

MECHANISM = "SCRAM-SHA-512"
LIKE = "partners.keys"  # is copied to as many brokers as this one
_SECONDS = 20.0
_ITERATIONS = 8_192
_AWAY = {KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT,
         KafkaError.REQUEST_TIMED_OUT, KafkaError._RESOLVE}  # fmt: skip
_HOW = "KAFKA_BOOTSTRAP_SERVERS, KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_… say where it is and who asks"


def settings_of(bootstrap: str) -> dict[str, Any]:
    """Where Kafka is and how one gets in, as librdkafka names it."""
    how = bootstrap.security if isinstance(bootstrap, Bootstrap) else Security()
    told = {
        "bootstrap.servers": str(bootstrap),
        "security.protocol": how.protocol,
        "ssl.ca.location": how.ca_file,
        "ssl.certificate.location": how.cert_file,
        "ssl.key.location": how.key_file or how.cert_file,
    }
    if how.protocol.startswith("SASL"):
        told |= {
            "sasl.mechanism": how.mechanism,
            "sasl.username": how.username,
            "sasl.password": how.password,
        }
    return {name: value for name, value in told.items() if value}


class Rights:
    """Of one Kafka. Raises `Ends` where it is away or does not let us."""

    def __init__(self, bootstrap: str) -> None:
        quiet = logging.getLogger("holdfast.librdkafka")
        quiet.addHandler(logging.NullHandler())
        quiet.propagate = False
        self._admin = AdminClient(
            settings_of(bootstrap) | {"socket.timeout.ms": 10_000}, logger=quiet
        )

    # --- topics -----------------------------------------------------------------------------------

    def topic(self, name: str, days: int) -> bool:
        """Make it, or have the one that is there keep so many days; whether it was made."""
        with _in_words("topics"):
            known = self._admin.list_topics(timeout=_SECONDS).topics
            if name in known:
                kept = partner_configs(days, 1)["retention.ms"]
                entry = ConfigEntry("retention.ms", kept, incremental_operation=_SET)
                asked = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=[entry])
                _done(self._admin.incremental_alter_configs([asked]))
                return False
            if LIKE not in known:
                raise Ends(
                    REFUSED, f"This Kafka has no topic {LIKE}: it is not this system's.", _HOW
                )
            copies = len(known[LIKE].partitions[0].replicas)
            topic = NewTopic(name, PARTNER_PARTITIONS, copies, config=partner_configs(days, copies))
            _done(self._admin.create_topics([topic], operation_timeout=_SECONDS))
            self._shows(name)
            return True

    def _shows(self, name: str) -> None:
        """Wait until brokers know what their controller has made: whoever asks them next shall not
        be told that there is no such topic."""
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            known = self._admin.list_topics(timeout=_SECONDS).topics.get(name)
            if known is not None and len(known.partitions) == PARTNER_PARTITIONS:
                return
            time.sleep(0.05)

    # --- who may what -----------------------------------------------------------------------------

    def guarded(self) -> bool:
        """Whether it asks who may do something: whether it has an authorizer."""
        try:
            # Asked by taking away rights to a topic that no Kafka can have: librdkafka does not
            # tell an empty list of rights from one that nobody keeps.
            _done(self._admin.delete_acls([_NOWHERE], request_timeout=_SECONDS))
        except KafkaException as why:
            if why.args[0].code() == KafkaError.SECURITY_DISABLED:
                return False
            raise _ends(why, "rights") from why
        return True

    def grant(self, user: str, topic: str) -> None:
        """It may read that topic, in groups whose id begins with its name and a dot."""
        with _in_words("rights"):
            _done(self._admin.create_acls(_rights(user, topic), request_timeout=_SECONDS))

    def revoke(self, user: str) -> None:
        """It may do nothing any more."""
        whatever = AclBindingFilter(
            ResourceType.ANY, None, ResourcePatternType.ANY, f"User:{user}", None,
            AclOperation.ANY, AclPermissionType.ANY,
        )  # fmt: skip
        with _in_words("rights"):
            _done(self._admin.delete_acls([whatever], request_timeout=_SECONDS))

    # --- users ------------------------------------------------------------------------------------

    def has_user(self, user: str) -> bool:
        """Whether it has a password here."""
        with _in_words("users"):
            try:
                found = self._admin.describe_user_scram_credentials([user])
                return bool(found[user].result().scram_credential_infos)
            except KafkaException as why:
                if why.args[0].code() == KafkaError.RESOURCE_NOT_FOUND:
                    return False
                raise

    def set_password(self, user: str, password: str) -> None:
        """It gets in by this one from now on, and by no other."""
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, _ITERATIONS)
        with _in_words("users"):
            change = UserScramCredentialUpsertion(user, info, password.encode())
            _done(self._admin.alter_user_scram_credentials([change]))

    def drop_user(self, user: str) -> None:
        """It does not get in any more, if it did."""
        if self.has_user(user):
            with _in_words("users"):
                gone = UserScramCredentialDeletion(user, ScramMechanism.SCRAM_SHA_512)
                _done(self._admin.alter_user_scram_credentials([gone]))


_SET = AlterConfigOpType.SET
_NOWHERE = AclBindingFilter(
    ResourceType.TOPIC, ".", ResourcePatternType.LITERAL, None, None,
    AclOperation.ANY, AclPermissionType.ANY,
)  # fmt: skip


def _rights(user: str, topic: str) -> list[AclBinding]:
    kinds = (
        (ResourceType.TOPIC, topic, ResourcePatternType.LITERAL),
        (ResourceType.GROUP, f"{user}.", ResourcePatternType.PREFIXED),
    )
    return [
        AclBinding(kind, name, pattern, f"User:{user}", "*", act, AclPermissionType.ALLOW)
        for kind, name, pattern in kinds
        for act in (AclOperation.READ, AclOperation.DESCRIBE)
    ]


def _done(asked: Mapping[Any, Any]) -> None:
    for each in asked.values():
        each.result()


@contextmanager
def _in_words(what: str) -> Iterator[None]:
    try:
        yield
    except KafkaException as why:
        raise _ends(why, what) from why


def _ends(why: KafkaException, what: str) -> Ends:
    error = why.args[0]
    if error.code() in _AWAY:
        return Ends(AWAY, f"Kafka does not answer ({error.name()}).", _HOW)
    return Ends(REFUSED, f"Kafka does not let us change its {what}: {error.str()}", _HOW)
