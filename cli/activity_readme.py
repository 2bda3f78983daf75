"""The page that tells an auditor where to look in an activity file."""

README = """\
ACTIVITY FILE OF {course}

This is the record of one course of continuing education. Nothing in it was
written for you: it is what the provider's system kept while the course was
announced, taught and credited. Times are in UTC unless a zone stands beside
them.

WHERE TO LOOK
  registration/course.json       the course's page as it stands now
  registration/versions/         the page as it stood, version by version
  registration/disclosures.json  each CE and conflict-of-interest disclosure,
                                 and from when until when it was in force
  certificates/course.json       the course by which credit was decided
  certificates/disclosures.json  the disclosure that had to be accepted, by
                                 version of the course
  certificates/agenda.csv        sessions, hour by hour, with the breaks;
                                 starts and ends are empty where the titles
                                 are not one to each hour taught
  certificates/approvals.csv     each board's approval, rule and statement
  attendance/evidence.ndjson     what was seen of whom, and what was settled
                                 by it: one JSON object a line, with hashes
  certificates/decisions.ndjson  a line a registration: the evidence versions,
                                 each board's decision with every condition
                                 that was not met, the certificates issued;
                                 not_served is a board whose credit is not
                                 for this person, with why; earned is what a
                                 withheld award would have been worth
  certificates/roster.csv        who was issued which certificate
  certificates/corrections.csv   certificates that were superseded or revoked
  certificates/reports.csv       what was reported to which registry, when
  certificates/reports/          those reports, byte for byte as they went out
  certificates/evaluation-summary.json
                                 the evaluations, without who gave which
  certificates/samples/          one certificate a board, made out to nobody

WHY SOMETHING WAS CORRECTED
  corrections.csv has the kind of each reason. The words that staff wrote may
  be about people's health or name them, and are not in this file. The provider
  can show them, of minutes: GET /attendance/v1/sessions/COURSE/SESSION/corrections;
  of certificates they are kept in the audit log of its database.

WHO IS WHO
  People are named in certificates/roster.csv and in the reports. Everywhere
  else they are known by registration_id. Someone whose data was erased on
  request has no name in the roster; a report that went out before still has
  it, because it is evidence: do not pass it on.

HOW TO CHECK IT
  manifest.json lists every file with its SHA-256 and size. For one file:
      sha256sum certificates/roster.csv
  certificates/manifest.json is the same list as the service itself made it.
  A certificate can be verified at the address that is printed on it.

HOW LONG IT IS KEPT
  Evidence is kept for as many years after the course as the board that asks
  for most (keep_years in certificates/approvals.csv), and then deleted. A
  file that is made after that has no evidence in it; certificates stay.
"""
