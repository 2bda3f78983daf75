"""Attendance: who was there, for how many seconds, and by which evidence.

owns   raw evidence (observations, report lines: append-only, hashed), the queue of the unmatched
       and what humans matched, what staff corrected, attended seconds and presence per
       registration in every version that was settled, completion of sessions, the meeting behind
       every join link
hears  course.published / cancelled, person.recorded (and its end), registration.*,
       partner.attendance.reported, key.*
says   session.opened / completed, meeting.swapped, attendance.settled, task.opened / closed

Evidence is stored when it comes, seconds are computed when somebody looks or a session completes.
Start with `domain/tally.py`, then `commands/settling.py`.
"""
