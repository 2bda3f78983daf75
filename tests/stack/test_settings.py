"""Every setting says what it is for, and nobody is told of one that nobody reads."""

import os
import re
from ipaddress import ip_address, ip_network

import pytest
import yaml

from cli import settings_reference
from cli.settings_reference import kind, of_service, parts, unit
from shared.contracts.services import SERVICES
from stack import plan as plans
from stack.given import ELSEWHERE
from stack.profile import ROOT, Ports, Profile

EXAMPLE = (ROOT / ".env.example").read_text()
COMPOSE = (ROOT / "docker-compose.yml").read_text()
ALL = {name: of_service(name) for name in SERVICES}
KNOWN = {variable for each in ALL.values() for variable in each}
FIELDS = {name: field for part in parts() for name, field in part.variables.items()}
UPSTREAMS = {f"{name.upper()}_UPSTREAM" for name in (*SERVICES, "paysim")}
# What Compose fixes for each, what is for a Kafka elsewhere (Compose has its own), and a file that
# its containers would not have.
FIXED = {
    "HOLDFAST_HOST",
    "HOLDFAST_RELEASE",
    "HOLDFAST_ROLE",
    "NOTIFICATIONS_MAILBOX_URL",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
}


def told_by_the_plan(tmp_path, monkeypatch) -> dict[str, set[str]]:
    """By service: the variables that `up` sets, beyond those of the shell."""
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    profile = Profile("demo")
    made = plans.make(profile, Ports(31000), profile.prepare(sandbox=True), sandbox=True)
    shell = set(os.environ)
    return {one.name: set(one.env) - shell - set(plans._LEAN) for one in made.services}


def set_in_the_example() -> set[str]:
    return set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", EXAMPLE, re.MULTILINE))


def test_every_setting_says_in_a_sentence_what_it_is_for():
    for variable, field in FIELDS.items():
        said = field.description or ""
        assert len(said) > 12, variable
        assert said[0].isupper(), variable
        assert said[-1] == ".", variable


def test_every_number_says_what_it_counts_and_nothing_else_does():
    numbers = {name for name, field in FIELDS.items() if "number" in kind(field)}
    assert {"KAFKA_SESSION_TIMEOUT_MS", "NOTIFICATIONS_SMTP_RATE", "PAYSIM_PORT"} <= numbers
    assert {name for name in numbers if not unit(FIELDS[name])} == set()
    counted = {name for name, field in FIELDS.items() if unit(field)}
    assert counted - numbers == {"NOTIFICATIONS_SMTP_RATES"}, "numbers by domain"


def test_what_sounds_like_a_secret_is_one():
    sounds = re.compile(r"(SECRETS?|PASSWORD|TOKENS?|API_KEY|OPERATOR_KEY|DATABASE_URL|HEADERS)$")
    named = {name for name in FIELDS if sounds.search(name)}
    assert {"PLATFORM_SECRET", "WEB_DATABASE_URL", "KAFKA_SASL_PASSWORD"} <= named
    assert named == {name for name, field in FIELDS.items() if not field.repr}


def test_a_services_own_settings_carry_its_name_and_the_rest_is_the_same_for_all():
    shared = set.intersection(*({*each} for each in ALL.values()))
    assert {"PLATFORM_SECRET", "KAFKA_BOOTSTRAP_SERVERS", "PUBLIC_URL"} <= shared
    for service, each in ALL.items():
        own = set(each) - shared
        assert f"{service.upper()}_DATABASE_URL" in own
        assert all(variable.startswith(f"{service.upper()}_") for variable in own)


def test_the_plan_tells_services_nothing_that_nobody_reads(tmp_path, monkeypatch):
    told = told_by_the_plan(tmp_path, monkeypatch)
    assert set(told) == set(SERVICES)
    assert set.union(*told.values()) - KNOWN == set()


def test_the_plan_tells_every_service_all_that_it_must_know(tmp_path, monkeypatch):
    told = told_by_the_plan(tmp_path, monkeypatch)
    for service, each in ALL.items():
        assert {name for name, field in each.items() if field.is_required()} <= told[service]


@pytest.mark.parametrize("service", SERVICES)
def test_compose_tells_a_service_all_that_it_must_know_and_only_what_it_reads(service):
    told = set(yaml.safe_load(COMPOSE)["services"][service]["environment"])
    assert told - set(ALL[service]) == set()
    assert {name for name, field in ALL[service].items() if field.is_required()} <= told


def test_compose_hands_on_every_setting_that_it_does_not_fix():
    given = set(re.findall(r"\$\{([A-Z0-9_]+):[-+]", COMPOSE))
    fixed = {
        name
        for one in yaml.safe_load(COMPOSE)["services"].values()
        for name, value in one.get("environment", {}).items()
        if f"${{{name}:" not in str(value)
    }
    kafka = {name for name in KNOWN if name.startswith("KAFKA_")}
    assert KNOWN - given - fixed - kafka == FIXED


def test_compose_and_the_example_name_only_what_is_read_and_described():
    assert set_in_the_example() - set(FIELDS) == set()
    assert set(re.findall(r"\$\{([A-Z0-9_]+)", COMPOSE)) - set(FIELDS) == set()


def test_the_page_of_settings_is_what_the_classes_say():
    page = settings_reference.PAGE.read_text()
    assert page.partition(settings_reference.MARK)[2].strip() == (
        settings_reference.reference().strip()
    ), "make readme"
    assert set(re.findall(r"^\| `([A-Z0-9_]+)` ", page, re.MULTILINE)) == set(FIELDS)


def test_the_documents_name_only_variables_that_there_are():
    tops = {name.partition("_")[0] for name in FIELDS if "_" in name} | {"HOLDFAST"}
    named = re.compile(
        rf"(?<![\w…<]){'(?:' + '|'.join(sorted(tops)) + ')'}_[A-Z0-9_]*[A-Z0-9]\b(?!_)"
    )
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    found = {name: page.name for page in pages for name in named.findall(page.read_text())}
    assert len(found) > 60
    # Of the examples for integrators; and a name in secrets.json.
    theirs = {"HOLDFAST_PARTNER_KEY", "HOLDFAST_WEBHOOK_SECRETS", "OPERATOR_KEY"}
    unknown = {name: page for name, page in found.items() if name not in FIELDS}
    assert unknown.keys() - theirs == set(), unknown


def test_what_the_stack_and_the_command_line_ask_the_environment_for_is_described():
    asked = re.compile(r"""environ(?:\.get\(|\[)\s*"([A-Z0-9_]+)\"""")
    files = [one for room in ("shared", "stack", "cli") for one in (ROOT / room).rglob("*.py")]
    read = {name for one in files for name in asked.findall(one.read_text())}
    assert {"HOLDFAST_HOME", "HOLDFAST_URL", "SANDBOX"} <= read
    assert read - set(FIELDS) == set()


def test_the_front_door_reads_what_is_described():
    text = (ROOT / "stack" / "Caddyfile").read_text()
    read = dict(re.findall(r"\{\$([A-Z_]+):([^}]*)\}", text))
    door = {name: FIELDS[name] for name in FIELDS if name.startswith("FRONT_DOOR_")}
    assert set(read) == set(door) | UPSTREAMS
    assert {name: str(field.default) for name, field in door.items()} == {
        name: read[name] for name in door
    }


def test_compose_tells_the_front_door_all_that_it_reads_and_whom_to_believe():
    """With a public address something on this machine ends TLS: that comes by Compose's bridge, and
    not believed it would be the one caller of all."""
    told = yaml.safe_load(COMPOSE)["services"]["front-door"]["environment"]
    assert set(told) == {name for name in FIELDS if name.startswith("FRONT_DOOR_")} | UPSTREAMS
    theirs = dict(re.findall(r"\$\{([A-Z_]+_TRUSTED_PROXIES):-([^}]*)\}", COMPOSE))
    assert told["FRONT_DOOR_TRUSTED_PROXIES"].startswith("${FRONT_DOOR_TRUSTED_PROXIES:-")
    networks = [ip_network(one) for one in theirs["FRONT_DOOR_TRUSTED_PROXIES"].split()]
    assert networks == [ip_network(one) for one in theirs["HOLDFAST_TRUSTED_PROXIES"].split(",")]
    assert all(one.is_private for one in networks)
    assert any(ip_address("172.18.0.1") in one for one in networks), "the bridge, as Docker has it"
    assert yaml.safe_load(COMPOSE)["services"]["front-door"]["ports"] == ["127.0.0.1:8080:8080"]
    assert "FRONT_DOOR_TRUSTED_PROXIES" in set_in_the_example()


def test_the_example_names_every_setting_that_the_stack_does_not_make(tmp_path, monkeypatch):
    made = set.union(*told_by_the_plan(tmp_path, monkeypatch).values())
    elsewhere = set(ELSEWHERE) - {"BILLING_GATEWAY_URL"}  # there is no other gateway yet
    assert ((KNOWN - made) | elsewhere) - set_in_the_example() == set()


def test_a_number_in_the_example_is_what_holds_where_nobody_says():
    shown = dict(re.findall(r"^# ([A-Z][A-Z0-9_]+)=(\d+)$", EXAMPLE, re.MULTILINE))
    of_other_servers = {"NOTIFICATIONS_SMTP_PORT", "NOTIFICATIONS_SMTP_START_TLS"}
    holds = {
        name: float(each[name].default)
        for each in ALL.values()
        for name in each.keys() & shown.keys()
    }
    assert len(holds) > len(of_other_servers)
    assert {
        name: value
        for name, value in holds.items()
        if name not in of_other_servers and value != float(shown[name])
    } == {}


def test_compose_can_sign_the_files_of_certificates_where_a_key_is_named():
    certificates = yaml.safe_load(COMPOSE)["services"]["certificates"]
    named = certificates["build"]["args"]["REQUIREMENTS"]
    assert named == "${CERTIFICATES_REQUIREMENTS:-certificates}"
    assert "/tmp/images/${REQUIREMENTS}.txt" in (ROOT / "Dockerfile").read_text()
    inside = certificates["environment"]["CERTIFICATES_SIGNER_P12"]
    [mounted] = certificates["volumes"]
    assert inside == "${CERTIFICATES_SIGNER_P12:+/run/signer.p12}"
    assert mounted == "${CERTIFICATES_SIGNER_P12:-/dev/null}:/run/signer.p12:ro"
    for name in ("CERTIFICATES_SIGNER_PASSWORD", "CERTIFICATES_KEY_DAYS"):
        assert certificates["environment"][name].startswith(f"${{{name}:-")


def test_compose_hands_on_every_setting_of_mails_and_texts_with_the_default_that_holds(tmp_path):
    from services.notifications.settings import Settings

    notifications = yaml.safe_load(COMPOSE)["services"]["notifications"]
    told = {k: str(v) for k, v in notifications["environment"].items()}
    shared = set.intersection(*({*each} for each in ALL.values()))
    # The sandbox's mailbox is no part of Compose: there is nothing there to be asked.
    assert set(ALL["notifications"]) - shared - set(told) == {"NOTIFICATIONS_MAILBOX_URL"}
    inside = told.pop("NOTIFICATIONS_DKIM_KEY")
    [mounted] = notifications["volumes"]
    assert inside == "${NOTIFICATIONS_DKIM_KEY:+/run/dkim.pem}"
    assert mounted == "${NOTIFICATIONS_DKIM_KEY:-/dev/null}:/run/dkim.pem:ro"
    falls_back = dict(re.findall(r"\$\{(NOTIFICATIONS_[A-Z_]+):-([^}]*)\}", COMPOSE))
    assert falls_back.pop("NOTIFICATIONS_DKIM_KEY") == "/dev/null"
    made = Settings(
        _env_file=None,
        database_url="postgresql://x/x",
        PLATFORM_SECRET="x" * 32,
        **{name.removeprefix("NOTIFICATIONS_").lower(): v for name, v in falls_back.items()},
    )
    here = {"smtp_host": "mailpit", "smtp_port": 1025}
    assert {
        name: getattr(made, name)
        for name, field in Settings.model_fields.items()
        if f"NOTIFICATIONS_{name.upper()}" in falls_back
        and getattr(made, name) != field.get_default(call_default_factory=True)
    } == here


def test_texts_are_off_and_a_provider_is_named_whole_or_not_at_all():
    from services.notifications.settings import Settings

    def made(**said: str) -> Settings:
        return Settings(database_url="postgresql://x/x", PLATFORM_SECRET="x" * 32, **said)

    assert (made().texts, made().text_tokens) == ("", ())
    with pytest.raises(ValueError, match="NOTIFICATIONS_TWILIO_TOKENS, NOTIFICATIONS_TWILIO_FROM"):
        made(texts="twilio", twilio_account="AC" + "0" * 32)
    with pytest.raises(ValueError, match="NOTIFICATIONS_MAILBOX_URL"):
        made(texts="mailbox")
    whole = {"twilio_account": "AC" + "0" * 32, "twilio_tokens": "new,old"}
    assert made(texts="twilio", twilio_from="+15005550006", **whole).text_tokens == ("new", "old")
    with pytest.raises(ValueError, match="twilio_from"):
        made(texts="twilio", twilio_from="Praxis", **whole)


def test_a_key_that_compose_hands_on_empty_is_none(monkeypatch):
    from services.certificates.settings import Settings

    monkeypatch.setenv("CERTIFICATES_SIGNER_P12", "")
    assert Settings(database_url="postgresql://x/x", PLATFORM_SECRET="x" * 32).signer_p12 is None


def pinned(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE))


def test_who_signs_or_runs_what_is_here_runs_what_was_tested():
    tested = pinned("dev")
    for name in ("service", "signing", "runtime", "base", "images/signing"):
        own = pinned(name)
        assert own
        assert {one: v for one, v in own.items() if tested.get(one, v) != v} == {}, name
