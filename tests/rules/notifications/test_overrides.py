"""Providers' own templates: which are taken, what is said of those that are not, and that no
template of theirs can stop the worker, lose a mail or lead a reader astray."""

from functools import cache
from typing import Any

import pytest

from services.notifications import letters
from services.notifications.api.sample_facts import facts_of, sample_names
from services.notifications.api.samples import SAMPLES, sample_case
from services.notifications.commands.case import Sender
from services.notifications.contents import contents
from services.notifications.domain.sample_variants import variants
from services.notifications.domain.template_rules import LARGEST, Fault, Theirs, whose
from services.notifications.letters import source_of
from services.notifications.overriding.fence import letter_by
from services.notifications.overriding.trial import tried
from shared.languages import languages

SENDER = Sender("https://courses.example", "a secret of the tests", "courses@praxis.example")
OFFER = """\
{% extends layout %}
{% block subject %}Your seat in {{ course.title }}{% endblock %}
{% block preview %}Until {{ until[0] }}{% endblock %}
{% block headline %}A seat for you, {{ name }}{% endblock %}
{% block content %}
{% call k.p() %}It is yours until {{ until_short }}.{% endcall %}
{{ k.action("Take it", page) }}
BODY
{% endblock %}
"""
FOOT = (
    "Line 11: there is no block `foot` to be written anew; there are subject, preview, headline, "
    "content. The foot stays as it is."
)
NESTED = (
    "{% for a in sessions %}{% for b in sessions %}{% for c in sessions %}x"
    "{% endfor %}{% endfor %}{% endfor %}"
)


@cache
def samples(template: str = "offer") -> list[tuple[str, Any]]:
    return facts_of(template, SENDER, languages())


def facts(template: str = "offer", **changes: Any) -> dict[str, Any]:
    return {**contents(sample_case(template), SENDER), **changes}


def offer(body: str = "") -> str:
    return OFFER.replace("BODY", body)


def faults(source: str, template: str = "offer") -> list[str]:
    return [str(one) for one in tried(template, source, samples(template))]


@pytest.mark.parametrize("template", sorted([*SAMPLES, "my_registrations"]))
def test_our_own_templates_would_be_taken_and_say_the_same_inside_the_fence(template):
    source = source_of(template)
    assert tried(template, source, samples(template)) == []
    for _, said in samples(template):
        ours = letters.render(template, said)
        assert letter_by(template, said, source) == ours


def test_a_template_of_theirs_is_taken_and_stands_in_our_layout():
    assert faults(offer()) == []
    letter = letter_by("offer", facts(), offer())
    assert letter.fault == ""
    assert letter.subject.startswith("Your seat in ")
    assert "It is yours until" in letter.text
    for part in (letter.text, letter.html):
        assert "You get this mail because you registered for" in part  # our foot


def test_samples_are_with_and_without_what_may_lack():
    names = sample_names("join_1h", SENDER)
    assert {"as it is", "without session.online", "with session.recorded"} <= set(names)
    assert "with organisation" in sample_names("credit_expiring", SENDER)


def test_variants_are_only_what_can_be():
    made = dict(variants({"a": True, "b": ["x"], "organisation": None}, lambda one: one["a"]))
    assert made == {
        "without b": {"a": True, "b": [], "organisation": None},
        "with organisation": {"a": True, "b": ["x"], "organisation": "Riverside Clinic"},
    }


def test_every_fault_is_told_at_once_with_its_line_and_in_words():
    source = """\
{% extends layout %}
{% block subject %}{{ course.titel }}{% endblock %}
{% block headline %}<b>Now</b>{% endblock %}
{% block content %}
{% set x = 1 %}
{% call k.p() %}{{ nmae }}{% endcall %}
{{ k.acton("Go", page) }}
{{ name | upper }}
{{ 2 * 3 }}
{% endblock %}
{% block foot %}none{% endblock %}
"""
    assert faults(source) == [
        "Line 1: the block `preview` is missing.",
        "Line 2: there is no `titel` here; do you mean `title`?",
        "Line 3: no < and >: a template has words, not HTML; use the kit (k.section, k.link, ...).",
        "Line 5: {% set %} is not allowed here.",
        "Line 6: there is no `nmae` here; do you mean `name`?",
        "Line 7: there is no `k.acton` here; do you mean `k.action`?",
        "Line 8: there is no `| upper` here.",
        "Line 9: arithmetic is not allowed here.",
        FOOT,
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{{ name.upper }}", "there is no `upper` here."),
        ("{{ name.upper() }}", "only the kit can be called"),
        ("{{ name.__class__ }}", "there is no `__class__` here."),
        ("{{ k.p.__globals__ }}", "there is no `k` here"),
        ("{{ ''.__class__.__mro__ }}", "a name is followed by names only"),
        ("{{ course['title'] }}", "a name is followed by names only"),
        ("{{ self }}", "there is no `self` here"),
        ("{{ range(9) }}", "only the kit can be called"),
        ("{% for a in range(9) %}x{% endfor %}", "a loop goes over a fact"),
        ("{% for a in [1, 2] %}x{% endfor %}", "a loop goes over a fact"),
        ("{% for a in sessions recursive %}x{% endfor %}", "a loop that calls itself"),
        (NESTED, "no more than 2 loops"),
        ("{% for k in sessions %}x{% endfor %}", "`k` is a name of ours"),
        ("{% for turn__ in sessions %}x{% endfor %}", "a loop has one name"),
        ("{% for a__b in sessions %}x{% endfor %}", "a loop has one name"),
        ("{{ name | joined__ }}", "there is no `| joined__` here"),
        ("{{ " + "1" * 5_000 + " }}", "a number in it is too long"),
        ("{% macro m() %}{{ m() }}{% endmacro %}", "a macro of your own is not allowed"),
        ("{% include 'offer.j2' %}", "{% include %} is not allowed"),
        ("{% import 'kit.txt' as z %}", "{% import %} is not allowed"),
        ("{% with a = name %}{{ a }}{% endwith %}", "{% with %} is not allowed"),
        ("{% filter squeeze %}x{% endfilter %}", "{% filter %} is not allowed"),
        ("{{ name | attr('x') }}", "there is no `| attr` here"),
        ("{{ name | safe }}", "there is no `| safe` here"),
        ("{{ sessions | map('upper') | list }}", 'map takes attribute="..."'),
        ("{{ sessions | map(attribute='a.b') | list }}", 'map takes attribute="..."'),
        ("{{ 'x' * 1000000000 }}", "arithmetic is not allowed"),
        ("{{ '%1000000000d' % 1 }}", "arithmetic is not allowed"),
        ("{{ _('%(a)1000000000d', a=1) }}", "a place is written %(name)s"),
        ("{{ _(name) }}", "stands there in words"),
        ("{{ name[:3] }}", "a name is followed by names only"),
        ("{{ k.link('here', 'javascript:alert(1)') }}", "begins with https://"),
        ("{{ k.link('here', 'http://x.example') }}", "begins with https://"),
        ("{{ k.link('here', page ~ name) }}", "only a place in it"),
        ("{{ k.link(label='here', url=page) }}", "takes words and an address"),
        ("&lt;b&gt;", "no entities"),
        ("a\x07b", "cannot be seen"),
        ("{{ name", "this cannot be read"),
        ("{% nosuch %}", "this cannot be read"),
        ("{% block more %}x{% endblock %}", "a block within a block"),
        ("{{ " + "(" * 3000 + "name" + ")" * 3000 + " }}", "too deep"),
        ("{% if name %}" * 60 + "x" + "{% endif %}" * 60, "too deep"),
        ("x" * LARGEST, f"{LARGEST} are the most"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_told(body, said):
    found = faults(offer(body))
    assert any(said in one for one in found), found


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{{ until }}", "this is a list; say one of it"),
        ("{{ course }}", "this has names of its own"),
        ("{{ course.online }}", "this is yes or no"),
        ("{{ sessions | map(attribute='title') }}", "this is no words; behind `map` comes"),
        ("{% trans x=until %}by {{ x }}{% endtrans %}", "this is a list; say one of it"),
        ("{{ _('by %(x)s', x=course) }}", "this has names of its own"),
        ("{{ k.section(until) }}", "this is a list; say one of it"),
        ("{{ k.items(sessions) }}", "this has names of its own"),
        ("{{ k.facts([('When', sessions)]) }}", "this has names of its own"),
    ],
)
def test_what_would_stand_there_as_python_writes_it_is_refused(body, said):
    found = faults(offer(body))
    assert found
    assert all(one.startswith(f"Line 8: {said}") for one in found), found


def test_what_is_empty_some_day_is_not_said_as_none():
    """A credit that a colleague's organisation has names it, any other has none."""
    found = tried(
        "credit_expiring",
        source_of("credit_expiring").replace(
            "{% block content %}", "{% block content %}{{ organisation }}"
        ),
        samples("credit_expiring"),
    )
    assert len(found) == 1
    assert "there is nothing to be said here; put it between {% if %} and" in found[0].words
    letter = letter_by("offer", facts(position=None), offer("{{ position }}"))
    assert letter.fault.startswith("line 8: there is nothing to be said here")
    assert "None" not in letter.text


@pytest.mark.parametrize("missing", ["until_short", "until[0]"])
def test_what_the_letter_is_for_has_to_be_said(missing):
    assert faults(offer().replace(f"{{{{ {missing} }}}}", "soon")) in (
        [],
        ["`until` has to be said: it is what this letter is for."],
    )
    bare = offer().replace("{{ until[0] }}", "soon")
    assert faults(bare) == ["`until` has to be said: it is what this letter is for."]


def test_the_kit_is_for_the_content_only():
    source = offer().replace("Your seat in", "{{ k.action('x', page) }}")
    assert faults(source) == [
        "Line 2: the kit belongs into the block `content`; say it in plain words."
    ]


def test_the_way_in_has_to_stay():
    [fault] = faults(offer().replace('{{ k.action("Take it", page) }}', ""))
    assert fault == (
        "A link that ours has is missing: courses.example/r/…. (Sample: as it is, en.)"
    )


NOWHERE = (
    "A link leads nowhere: this reader has no such page. Put it between {% if %} and its end. "
    "(Sample: "
)


@pytest.mark.parametrize(
    ("link", "sample"),
    [
        ('{{ k.action("Open", page) }}', "as it is"),
        ("{{ k.sessions(sessions, join=true) }}", "as it is"),
        ('{{ k.action("Into the calendar", calendar) }}', "as it is"),
    ],
)  # fmt: skip
def test_whose_place_a_colleague_took_gets_no_link_of_theirs(link, sample):
    """The page opens the colleague's registration, cancelling included; so do the other links."""
    own = source_of("substituted").replace("{% block content %}", "{% block content %}" + link)
    assert tried("substituted", own, samples("substituted")) == [
        Fault(0, f"{NOWHERE}{sample}, en.)")
    ]  # fmt: skip
    said = contents(sample_case("substituted"), SENDER)
    assert (said["page"], said["calendar"]) == ("", "")
    assert {one["join"] for one in said["sessions"]} == {""}
    letter = letter_by("substituted", said, own)
    assert letter.fault == "a link leads to no web page."
    assert "courses.example/" not in letter.html


def test_a_link_that_some_readers_do_not_have_is_asked_about():
    template = "refund_settled"
    own = source_of(template).replace("{% if has_page %}", "{% if true %}")
    assert own != source_of(template)
    assert tried(template, own, samples(template)) == [
        Fault(0, f"{NOWHERE}without has_page, en.)")
    ]  # fmt: skip


def test_a_name_that_only_some_samples_have_is_told_with_its_line_and_sample():
    found = tried(
        "disclosure_changed",
        source_of("disclosure_changed").replace("next.start if next else none", "next.start"),
        samples("disclosure_changed"),
    )
    assert found
    assert all("Sample: " in one.words for one in found)
    [line] = {one.line for one in found if one.line}
    assert source_of("disclosure_changed").splitlines()[line - 1] == "{{ k.facts(["


LOOPS_WITH = (
    "{{% for a in course.title %}}{{% for b in course.title %}}"
    "{{% if {} %}}x{{% endif %}}{{% endfor %}}{{% endfor %}}"
)
GROWING = [
    "{% for a in sessions %}{% for b in sessions %}" + "x" * 15_000 + "{% endfor %}{% endfor %}",
    "{% for a in sessions %}{% for b in sessions %}"
    + "{{ k.sessions(sessions) }}" * 400
    + "{% endfor %}{% endfor %}",
    "{{ " + " ~ ".join(["k.sessions(sessions)"] * 600) + " }}",
    "{% for a in sessions %}{{ " + " ~ ".join(["reason"] * 1500) + " }}{% endfor %}",
    "{% for a in sessions %}{% for b in reason %}{% endfor %}{% endfor %}",
    "{% call k.p() %}" * 9 + "{{ k.sessions(sessions) }}" * 300 + "{% endcall %}" * 9,
    "{% trans a=k.sessions(sessions) %}" + "{{ a }}" * 900 + "{% endtrans %}",
    LOOPS_WITH.format("({joined}) == 'x'".format(joined=" ~ ".join(["course.title"] * 1000))),
    LOOPS_WITH.format("(" + "reason ~ " * 1000 + "'')|squeeze|squeeze|squeeze == 'x'"),
    LOOPS_WITH.format("reason|list|list|list|length == 3"),
    LOOPS_WITH.format(" or ".join(["name in reason"] * 25)),
    LOOPS_WITH.format(" != ".join(["reason"] * 2000)),
]


@pytest.mark.parametrize("body", GROWING)
def test_no_render_takes_long_whatever_it_is_about(body):
    """A course of 300 sessions, and a reason as long as a book: past the trial, as one day it may
    be. Whatever has been taken ends, and the mail goes by ours."""
    many = facts()["sessions"] * 75
    said = facts(sessions=many, reason="word " * 20_000)
    letters.render("offer", said)
    letter = letter_by("offer", said, offer(body))  # unbounded, none of them would ever end
    assert letter.fault == "it says more than a mail can hold."
    assert letter.subject == letters.render("offer", said).subject


def test_a_long_course_said_three_times_over_is_not_too_much():
    """100 sessions, each in three loops of some words: what a mail of this kind may well be."""
    body = (
        "{% for one in sessions %}{% call k.p() %}{{ one.title }}: {{ one.day }}, {{ one.hours }}, "
        "{{ one.place }}{% if one.there %} ({{ one.there }}){% endif %}{% endcall %}{% endfor %}"
    )
    many = facts()["sessions"] * 25
    assert letter_by("offer", facts(sessions=many), offer(body * 3)).fault == ""


def test_what_grows_is_refused_before_it_is_taken():
    found = faults(offer("{% for a in sessions %}{% for b in sessions %}" + "x" * 15_000
                         + "{% endfor %}{% endfor %}"))  # fmt: skip
    assert all("more than a mail can hold" in one or "too long" in one for one in found)
    assert found


def test_what_fails_on_the_facts_goes_by_ours_and_says_why_without_the_facts():
    source = offer("{{ sessions[0].secret }}")
    letter = letter_by("offer", facts(), source)
    ours = letters.render("offer", facts())
    assert (letter.subject, letter.text, letter.html) == (ours.subject, ours.text, ours.html)
    assert letter.fault == "line 8: 'dict object' has no attribute 'secret'."


def test_a_link_that_is_missing_on_the_day_sends_ours():
    source = offer().replace("page) }}", "page) if position else '' }}")
    said = facts(position=0)
    assert letter_by("offer", said, source).fault == "a link is missing that the reader needs."


def test_what_somebody_named_themselves_is_words_in_theirs_too():
    evil = 'Eve <script>alert(1)</script> & "co"\r\nBcc: all@x.example\u2028X'
    source = offer("{{ k.facts([(name, name)]) }}").replace("Your seat in", "{{ name }}")
    letter = letter_by("offer", facts(name=evil), source)
    assert letter.fault == ""
    assert "<script" not in letter.html
    assert len(letter.subject.splitlines()) == 1
    assert "Bcc: all@x.example X" in letter.subject


def test_an_address_that_is_none_sends_ours():
    source = offer("{{ k.link('more', course.title) }}")
    said = facts(course={**facts()["course"], "title": "javascript:alert(1)"})
    assert letter_by("offer", said, source).fault == "a link leads to no web page."


def test_what_is_compiled_for_one_language_is_not_said_in_another():
    source = offer("{{ _('First session') }}: {{ sessions[0].start }}")
    german = contents(sample_case("offer", locale="de-DE"), SENDER)
    assert "Erste Sitzung" in letter_by("offer", german, source).text
    assert "First session" in letter_by("offer", facts(), source).text


def test_theirs_for_a_language_is_before_theirs_for_all():
    every, german = Theirs("offer", "", 1, "a"), Theirs("offer", "de", 1, "b")
    assert whose([every, german], "de") == german
    assert whose([every, german], "es") == every
    assert whose([german], "es") is None
    assert min(Fault(2, "b"), Fault(0, "z"), Fault(1, "a")) == Fault(0, "z")
