"""Whether a provider's template can be taken: read, then tried with every sample there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.notifications import letters
from services.notifications.domain.template_rules import (
    SUBJECT,
    Fault,
    lost_links,
    strange_links,
)
from services.notifications.letters import Letter
from services.notifications.overriding.fence import TooMuch, Unusable, write
from services.notifications.overriding.grammar import faults_of
from services.notifications.overriding.shapes import shape_of

# (what the sample is, its facts in one language)
Samples = Sequence[tuple[str, Mapping[str, Any]]]
LONGEST = 100_000  # characters of HTML: some readers cut a mail that is longer
_MOST = 12  # faults of samples that are told at once: more say nothing new


def tried(template: str, source: str, samples: Samples) -> list[Fault]:
    """All that is wrong with it; empty: it can be taken. A fault that several samples have is told
    with the first of them."""
    found = faults_of(template, source, shape_of([facts for _, facts in samples]))
    if found:
        return found
    seen: dict[tuple[int, str], str] = {}
    for label, facts in samples:
        faults, enough = _faults_with(template, source, facts)
        for fault in faults:
            seen.setdefault((fault.line, fault.words), f"{label}, {facts['lang']}")
        if enough or len(seen) >= _MOST:
            break
    told = [Fault(line, f"{words} (Sample: {first}.)") for (line, words), first in seen.items()]
    return sorted(told)


def _faults_with(template: str, source: str, facts: Mapping[str, Any]) -> tuple[list[Fault], bool]:
    """What is wrong with this sample; and whether others need not be tried: it takes too long."""
    ours = letters.render(template, facts)
    try:
        theirs = write(source, facts)
    except Unusable as why:
        return [Fault(why.line, why.words)], isinstance(why, TooMuch)
    return [Fault(0, words) for words in _wrong_with(ours, theirs)], False


def _wrong_with(ours: Letter, theirs: Letter) -> list[str]:
    wrong = []
    if not theirs.subject:
        wrong.append("The subject is empty.")
    if len(theirs.subject) > SUBJECT:
        wrong.append(f"The subject has {len(theirs.subject)} letters; {SUBJECT} are the most.")
    if len(theirs.html) > LONGEST:
        wrong.append(f"The mail is too long: {len(theirs.html)} of {LONGEST} characters of HTML.")
    wrong += [f"A link that ours has is missing: {_place(url)}." for url in
              lost_links(ours.html, theirs.html)]  # fmt: skip
    wrong += [_strange(url) for url in strange_links(theirs.html)]
    return wrong


def _strange(url: str) -> str:
    if url:
        return f"This is no web page: {url}"
    return (
        "A link leads nowhere: this reader has no such page. Put it between {% if %} and its end."
    )


def _place(url: str) -> str:
    """An address without its secrets, so that it can be told."""
    head, _, path = url.partition("://")[2].partition("/")
    return f"{head}/{path.rpartition('/')[0] or path}/…"
