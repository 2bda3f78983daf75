"""What is due to a joint sponsor goes to billing with the course, and to nobody else."""

from tests.edges.registration.conftest import Stage
from tests.rules.registration.course import course

SPONSOR = {
    "name": "Institute for Better Health, Inc",
    "partner_id": "ibh",
    "share": {"percent": "30", "per_attendee": "10.00"},
}


async def test_a_share_is_published_with_the_course_and_shown_to_nobody(stage: Stage):
    await stage.publish(joint_sponsor=SPONSOR)
    [said] = await stage.said("course.published")
    assert said["joint_sponsor"]["share"] == {
        "percent": "30",
        "of": "earned",
        "per_attendee": {"amount": 1000, "currency": "USD"},
        "per_certificate": None,
    }
    page = (await stage.public.get("/courses/attachment")).json()
    assert page["joint_sponsor"]["name"] == "Institute for Better Health, Inc"
    assert "share" not in page["joint_sponsor"]


async def test_a_share_beyond_the_whole_is_refused_with_the_rest_of_the_faults(stage: Stage):
    body = course(title="", joint_sponsor={"name": "IBH", "share": {"percent": 101}})
    answer = await stage.operator.put("/courses/attachment", json=body)
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json()["errors"]} >= {
        "/title",
        "/joint_sponsor/share/percent",
    }
