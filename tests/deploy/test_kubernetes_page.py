"""What docs/kubernetes.md tells to type: Helm takes it, and what it names is there."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from cli.commands import ENTRIES
from deploy.chart.secrets import manifests
from shared.contracts.services import SERVICES
from tests.deploy.charts import CHARTS, RELEASE, SIZES, helm, merged, pods, rendered
from tests.deploy.reach import Place
from tests.deploy.test_chart import REHEARSAL, RESTORED, TOOLS
from tests.deploy.test_chart_network import out, world
from tests.docs import held
from tests.docs.blocks import ROOT, Block, blocks_of
from tests.docs.shell import commands

pytestmark = pytest.mark.extras
PAGE = ROOT / "docs" / "kubernetes.md"
ALL = list(blocks_of("docs/kubernetes.md", PAGE.read_text()))
TYPED = [words for block in ALL if block.language == "sh" for words in commands(block.text)]
HELM = [words[1:] for words in TYPED if words[0] == "helm"]
KUBECTL = [words[1:] for words in TYPED if words[0] == "kubectl"]
# What the page makes with kubectl alone.
MAILBOX = [{"kind": kind, "metadata": {"name": "mailpit"}} for kind in ("Deployment", "Service")]
_ALONE = {"--wait", "--reuse-values", "--reset-then-reuse-values", "--no-hooks"}


def given(words: list[str]) -> tuple[str, str, str, dict]:
    """Verb, release, chart, and the values that a command gives."""
    verb, release, chart, *rest = words
    told: dict = {}
    left = iter(rest)
    for word in left:
        if word in _ALONE:
            continue
        value = next(left)
        if word == "--values":
            told = merged(told, yaml.safe_load((ROOT / value).read_text()))
        elif word == "--set":
            told = merged(told, helm().parse_set_string(value))
        else:
            assert word in {"--namespace", "--timeout"}, word
    return verb, release, chart, told


def names(chart: str, told: dict) -> set[str]:
    """kind/name of each object that Helm makes of it. Raises what Helm says."""
    with helm().Chart.load(ROOT / chart) as loaded:
        loaded.validate_schema(told)
        made = loaded.render(
            told, name=RELEASE[chart.rsplit("/", maxsplit=1)[-1]], namespace="courses"
        )
    files = [text for name, text in made.items() if name.endswith(".yaml")]
    objects = [one for text in files for one in yaml.safe_load_all(text) if one]
    return {f"{one['kind'].lower()}/{one['metadata']['name']}" for one in objects}


def test_each_command_of_helm_makes_what_it_says():
    assert len(HELM) == 13 + 2
    installed: dict[str, dict] = {}
    for words in HELM:
        if words[0] in {"history", "rollback"}:  # of the release that is there, to what it was
            assert words[1] == RELEASE["holdfast"]
            continue
        verb, release, chart, told = given(words)
        assert (ROOT / chart) == CHARTS / chart.split("/")[-1]
        assert release == RELEASE[chart.split("/")[-1]]
        if verb == "upgrade":  # on what was installed before, as the page goes
            told = merged(installed[release], told)
        if verb != "template":
            installed[release] = told
        assert len(names(chart, told)) > 40


def test_what_kubectl_is_asked_for_is_there():
    ours = rendered("holdfast", "three-zones", TOOLS)
    objects = [
        *ours,
        *rendered("holdfast-data", "three-zones"),
        *rendered("holdfast-data", "three-zones", RESTORED),
        *MAILBOX,
    ]
    there = {f"{one['kind'].lower()}/{one['metadata']['name']}" for one in objects}
    named = {word for words in KUBECTL for word in words if re.match(r"[a-z.]+/[a-z]", word)}
    named -= {word for word in named if "=" in word}  # labels
    kinds = {"deploy": "deployment", "cluster.postgresql.cnpg.io": "cluster",
             "hpa": "horizontalpodautoscaler"}  # fmt: skip
    split = [word.split("/") for word in named]
    assert {f"{kinds.get(kind, kind)}/{name}" for kind, name in split} - there == set()
    assert named >= {"deploy/holdfast-tools", "cluster.postgresql.cnpg.io/data-pg-billing-2"}
    text = PAGE.read_text()
    assert "job/holdfast-migrate" in text
    assert "job/holdfast-migrate" in there
    labels = [pod["metadata"]["labels"] for _, pod in pods(ours)]
    selectors = {words[words.index("--selector") + 1] for words in KUBECTL if "--selector" in words}
    for selector in selectors:
        wanted = dict(one.split("=") for one in selector.split(","))
        assert any(wanted.items() <= one.items() for one in labels), selector


def test_what_is_typed_in_the_tools_is_the_command_line_s():
    inside = [words for words in KUBECTL if "deploy/holdfast-tools" in words]
    typed = [words[words.index("--") + 1 :] for words in inside]
    typed = [words[words.index("holdfast") :] for words in typed]  # what is set for it before
    named = {words[1] for words in typed}
    assert named == {"lag", "invariants", "restored", "rehearse"} <= set(ENTRIES)
    assert [held.typed(words[1:]) for words in typed] == [""] * len(typed)


def test_on_the_day_the_least_of_a_scaler_is_raised_and_nothing_is_released():
    """And in the evening it is what the values say."""
    [day] = [one for one in ALL if one.section == "A session day" and "6}" in one.text]
    [evening] = [one for one in ALL if one.section == "A session day" and "6}" not in one.text]
    assert {words[0] for block in (day, evening) for words in commands(block.text)} == {"kubectl"}
    there = {
        f"{one['kind'].lower()}/{one['metadata']['name']}": one.get("spec")
        for one in rendered("holdfast", "three-zones")
    }
    kinds = {"hpa": ("horizontalpodautoscaler", "minReplicas", "maxReplicas"),
             "scaledobject": ("scaledobject", "minReplicaCount", "maxReplicaCount")}  # fmt: skip
    patched: list[dict[str, int]] = []
    for block in (day, evening):
        patched.append({})
        for words in [one for one in commands(block.text) if "patch" in one]:
            target = words[words.index("patch") + 1]
            kind, least, most = kinds[target.split("/")[0]]
            spec = there[f"{kind}/{target.split('/')[1]}"]
            [(field, number)] = json.loads(words[words.index("--patch") + 1])["spec"].items()
            assert field == least
            assert number <= spec[most]
            patched[-1][target] = number
            if block is evening:
                assert number == spec[least], target
    raised, back = patched
    assert raised.keys() == back.keys()
    assert all(raised[one] > back[one] for one in back)


def test_for_a_rehearsal_mails_go_to_its_mailbox_and_the_tools_may_look_into_it():
    network, there = world("three-zones", REHEARSAL)
    plain, _ = world("three-zones", TOOLS)
    mailbox = Place({"app": "mailpit"}, "rehearsal-mail")
    assert out(network, there["tools"], mailbox, 8025)
    assert not out(plain, there["tools"], mailbox, 8025)
    assert out(network, there["notifications-worker"], mailbox, 1025)
    assert not out(network, there["tools"], there["stranger"], 8025)
    [server] = [one for one in MAILBOX if one["kind"] == "Service"]
    told = REHEARSAL["services"]["notifications"]["settings"]
    assert told["NOTIFICATIONS_SMTP_HOST"] == f"{server['metadata']['name']}.rehearsal-mail.svc"
    assert "HOLDFAST_MAILBOX_URL=http://mailpit.rehearsal-mail.svc:8025" in PAGE.read_text()
    assert "create service clusterip mailpit --tcp=1025:1025 --tcp=8025:8025" in PAGE.read_text()


def test_secrets_that_are_there_are_refused_and_never_replaced():
    made = [words for words in KUBECTL if "--filename" in words and "--dry-run=server" not in words]
    assert made == [["--namespace", "courses", "create", "--filename", "-"]]
    assert not any("apply" in words for words in KUBECTL if "--dry-run=server" not in words)


def test_values_of_one_s_own_are_taken():
    [block] = [one for one in ALL if one.language == "yaml"]
    assert isinstance(block, Block)
    own = yaml.safe_load(block.text)
    for size in SIZES:
        file = yaml.safe_load((CHARTS / "holdfast" / f"values-{size}.yaml").read_text())
        made = names("deploy/helm/holdfast", merged(file, own))
        assert "ingress/holdfast" in made


@pytest.mark.parametrize("size", SIZES)
def test_every_secret_that_a_pod_asks_for_is_made_by_somebody(size):
    """Ours before; Strimzi's and CloudNativePG's by their users and servers."""
    ours = {one["metadata"]["name"]: set(one["stringData"]) for one in manifests("a key")}
    data = rendered("holdfast-data", size)
    by_operators = {"data-kafka-cluster-ca-cert": {"ca.crt"}}
    for one in data:
        name = one["metadata"]["name"]
        if one["kind"] == "KafkaUser":
            by_operators[name] = {"user.crt", "user.key"}
        elif one["kind"] == "Cluster":
            by_operators[f"{name}-ca"] = {"ca.crt"}
    known = ours | by_operators
    asked = 0
    for _, pod in pods(rendered("holdfast", size)):
        [container] = pod["spec"]["containers"]
        for env in container["env"]:
            if ref := (env.get("valueFrom") or {}).get("secretKeyRef"):
                assert ref["key"] in known[ref["name"]]
                asked += 1
        for each in container.get("envFrom", []):
            ref = each["secretRef"]
            assert ref.get("optional") or ref["name"] in ours
            asked += 1
        for volume in pod["spec"]["volumes"]:
            sources = [one["secret"] for one in volume.get("projected", {}).get("sources", [])]
            for secret in [*sources, *([volume["secret"]] if "secret" in volume else [])]:
                keys = {item["key"] for item in secret["items"]}
                assert keys <= known[secret.get("secretName") or secret["name"]]
                asked += 1
    assert asked > 50
    for one in data:
        if one["kind"] == "Cluster":
            for role in one["spec"]["managed"]["roles"]:
                assert ours[role["passwordSecret"]["name"]] == {"username", "password"}


def test_secrets_are_fresh_fit_into_an_address_and_keep_no_key_of_the_operator():
    first, second = manifests("hf_live_of_the_test"), manifests("hf_live_of_the_test")
    told = [value for one in first for value in one["stringData"].values()]
    assert all(re.fullmatch(r"[0-9a-z]+", value) for value in told)
    again = {value for one in second for value in one["stringData"].values()}
    # echo -n hf_live_of_the_test | sha256sum
    digest = "7702cbbdaeb3a6a1e7f6b181f27597dde9ef9244366e02c74fe372ad89923711"
    assert set(told) & again == {*SERVICES, digest}
    assert "hf_live_of_the_test" not in str(first)
