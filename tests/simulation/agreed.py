"""Copies: what each service knows of a registration and its person is what their owner says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.simulation.world import World

_TRUTH = """
SELECT r.registration_id, r.course_id, r.person_id, r.state, r.token_version,
  r.disclosure_version, r.confirmed_at IS NOT NULL AS confirmed, p.version,
  coalesce(q.name, p.name) AS name, coalesce(q.email, p.email) AS email
FROM registrations r LEFT JOIN people p USING (person_id)
LEFT JOIN people q ON q.person_id = p.merged_into ORDER BY 1
"""
_COPIES = {
    "billing": "SELECT registration_id, course_id, person_id, token_version FROM registrations",
    "attendance": "SELECT registration_id, course_id, person_id, token_version, standing,"
    " disclosure_version, p.version, name, email FROM registrations LEFT JOIN people p USING (person_id)",
    "certificates": "SELECT registration_id, course_id, person_id, token_version,"
    " basis IS NOT NULL AS confirmed, ended->>'how' AS ended, p.version, name, email"
    " FROM registrations LEFT JOIN people p USING (person_id)",
    "notifications": "SELECT registration_id, course_id, person_id, token_version, state,"
    " p.version, name, email FROM registrations LEFT JOIN people p USING (person_id)",
}
_NAMES = dict.fromkeys(
    ("attendance", "billing", "certificates", "notifications"),
    "SELECT person_id, name FROM people WHERE name <> '' ORDER BY 1",
) | {
    "partners": "SELECT person_id, data->>'name' AS name FROM people WHERE NOT erased UNION"
    " SELECT of_person, data->>'name' FROM occurrences WHERE of_person IS NOT NULL ORDER BY 1"
}
_STANDING = {
    "requested": {"pending"},
    "waitlisted": {"pending"},
    "offered": {"pending"},
    "confirmed": {"confirmed"},
    "completed": {"confirmed"},
    "expired": {"lapsed", "ended"},  # ended: it was paid too late, and no seat was left
    "lapsed": {"lapsed"},
    "cancelled": {"ended"},
    "transferred": {"ended"},
}
# Whoever paid too late, when no seat was left, is told so; where they stand, it changes nothing.
_LAST_SAID = {"expired": {"expired", "unseated"}, "lapsed": {"lapsed", "unseated"}}
_COURSES = "SELECT course_id, version FROM courses ORDER BY 1"


async def disagreements(world: World) -> list[str]:
    """Each as a sentence."""
    actors = world.actors
    truth = {row[0]: dict(row) for row in await actors["registration"].rows(_TRUTH)}
    found = []
    for service, statement in _COPIES.items():
        copies = {row[0]: dict(row) for row in await actors[service].rows(statement)}
        for which in sorted(truth.keys() | copies.keys()):
            own, copy = truth.get(which), copies.get(which)
            if own is None or copy is None:
                found.append(f"{service} has {which} {(copy and 'too much') or 'not'}: {own}")
            else:
                found += [f"{service} of {which}: {why}" for why in _differences(own, copy)]
    there = {row[0] for row in await actors["registration"].rows("SELECT person_id FROM people")}
    for service, sql in _NAMES.items():
        found += [
            f"{service} knows the name of {row['person_id']}, who was erased"
            for row in await actors[service].rows(sql)
            if row["person_id"] not in there
        ]
    courses = await actors["registration"].rows(_COURSES)
    for service in ("attendance", "billing", "certificates", "notifications", "web"):
        known = {row[0]: row[1] for row in await actors[service].rows(_COURSES)}
        found += [
            f"{service} has version {known.get(row['course_id'])} of {dict(row)}"
            for row in courses
            if known.get(row["course_id"]) != row["version"]
        ]
    return found


def _differences(own: Mapping[str, Any], copy: Mapping[str, Any]) -> list[str]:
    compared = own.keys() & copy.keys() - {"state", "disclosure_version"}
    if own["version"] is None:  # their person was erased
        compared -= {"version", "name", "email"}
    told = [
        f"{name} is {copy[name]!r}, and {own[name]!r} at its owner"
        for name in sorted(compared)
        if copy[name] != own[name]
    ]
    if "standing" in copy and copy["standing"] not in _STANDING[own["state"]]:
        told.append(f"standing is {copy['standing']}, and the state is {own['state']}")
    if "state" in copy and copy["state"] not in _LAST_SAID.get(own["state"], {own["state"]}):
        told.append(f"its last word is {copy['state']}, and the state is {own['state']}")
    if copy.get("disclosure_version") and copy["disclosure_version"] != own["disclosure_version"]:
        told.append(f"accepted {copy['disclosure_version']}, and not {own['disclosure_version']}")
    ends = {"cancelled": "cancelled", "transferred": "transferred"}
    if "ended" in copy and own["state"] in ends and copy["ended"] != ends[own["state"]]:
        told.append(f"ended by {copy['ended']}, and the state is {own['state']}")
    return told
