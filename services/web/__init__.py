"""Web: the learners' pages, and the operators' console.

Owns   nothing but read models; a page's truth is asked of its owner when the page is asked for.
Hears  course.published, course.cancelled (what a course page shows); key.*
Says   nothing: what a learner does here becomes a call of the owner's public HTTP API.
Pages  / · /courses/{id} · /r/{token} and its /cancel, /evaluation and /post-test · /verify and
       /verify/{code} · /developers and its /events/{type} and /api/{service}; every one of them
       works without JavaScript, and says which owner is away. /schemas/{type}.json for programs.
       /console and below, for staff: read from the owners and done by them, in the name of whoever
       is signed in (`staff.py`); what is live there is asked once for all (`board.py`).
"""
