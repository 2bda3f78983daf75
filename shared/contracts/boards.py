"""The boards of a course: approvals and rules, how they are reported to, how certificates look."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from shared.contracts.event import Day, Hours, Id, LongText, Part, Text


class Signatory(Part):
    name: Text
    title: Text = ""


class PostTest(Part):
    """A test after the course. `version` is that of the item bank, which certificates alone keeps.

    `formats` are the deliveries that need it; empty: all of them. `attempts` is null where one may
    try as often as one likes.
    """

    version: int = 1
    pass_percent: int
    attempts: int | None = None
    formats: tuple[Text, ...] = ()


class Layout(Part):
    """How a certificate is laid out, where it is not as usual; an empty text means as usual.

    `paper` is a4 or letter, `orientation` landscape or portrait, `accent` a colour as `#0F6660`.
    `certifies` stands above the name, `credit_line` below the credits, with `{credits}`, `{unit}`
    and `{board}` in it. `logo` is an SVG image that is shown while the approval holds, `logo_alt`
    what it shows in words. `mark_duplicates`: a copy that is asked for says that it is one.
    """

    paper: Text = ""
    orientation: Text = ""
    accent: Text = ""
    heading: Text = ""
    certifies: Text = ""
    credit_line: Text = ""
    fine_print: LongText = ""
    logo: LongText = ""
    logo_alt: Text = ""
    signatory: Signatory | None = None
    show_times: bool = True
    mark_duplicates: bool = False


class Reporting(Part):
    """How awards of a board are reported to it or to its registry.

    `format` is `cebroker`, `pars` or `csv`. `provider_id` and `activity_id` are the registry's own
    numbers; `professions` its codes by our profession, `subjects` its subject areas by category
    (`general`: of hours that are in none). `within_days` of the course's end the report is due;
    null where nobody waits for it.
    """

    format: Text = "csv"
    provider_id: Text = ""
    activity_id: Text = ""
    professions: dict[str, Text] = Field(default_factory=dict)
    subjects: dict[str, Text] = Field(default_factory=dict)
    within_days: int | None = None


class Category(Part):
    """Hours of a session that count in a category such as `ethics`."""

    session_id: Id
    category: Text
    hours: Hours


class Board(Part):
    """One board's approval and rule for this course (domain.md §6). Everything here is data.

    `mode` is ALL_OR_NOTHING, PER_SESSION, PRO_RATA or CLAIMED; who does not know it grants nothing.
    `states` is null (no state needed), `{"in": [...]}` or `{"not": [...]}`. `rounding` is `down`,
    `nearest` or `up`, to `step` units. `max_missed_seconds` is null where the session's own rule
    holds. The approval covers the days from `approved_from` to `approved_to`, both inclusive.
    `keep_years` is how long its evidence is kept after the course. `layout` is the board's own.
    """

    board: Id
    rule_version: int = 1
    audience: Text = ""
    holder: Text
    unit: Text
    minutes_per_unit: int = 60
    mode: Text
    step: Hours = Decimal("0.25")
    rounding: Text = "down"
    approved_hours: Hours
    evaluation: bool = False
    post_test: PostTest | None = None
    professions: tuple[Text, ...] = ()
    states: dict[str, tuple[Text, ...]] | None = None
    formats: tuple[Text, ...] = ()
    approved_from: Day | None = None
    approved_to: Day | None = None
    number: Text = ""
    statement: LongText = ""
    sponsorship_statement: LongText = ""
    max_missed_seconds: int | None = None
    categories: tuple[Category, ...] = ()
    keep_years: int = 7
    layout: Layout | None = None
    reporting: Reporting | None = None
