"""Invariants 4 and 9: certificates, at most one live each, and none missing."""

from collections.abc import AsyncIterator

from cli.invariants.registry import Finding, Outside, invariant

# Whose holder was erased before it was stored is never made: there is nobody to make it out to.
_SOMEBODY = """not exists (
                select from registrations r join people p using (person_id)
                where r.registration_id = a.registration_id and p.erased)"""


@invariant(4, "At most one live certificate per registration and board", "certificates")
async def one_live_certificate(outside: Outside) -> AsyncIterator[Finding]:
    sql = (
        "select registration_id, board, count(*) as live from certificates "
        "where status = 'valid' group by 1, 2 having count(*) > 1"
    )
    for row in await outside.rows("certificates", sql):
        yield Finding(row["registration_id"], f"{row['live']} live certificates for {row['board']}")


@invariant(4, "A live certificate says what its granted award gives", "certificates")
async def certificates_say_what_was_granted(outside: Outside) -> AsyncIterator[Finding]:
    # One that staff or a leaked key had made, too; where it says more, a human was asked (held).
    # What came to be more credit before its holder was erased has no certificate any more: there is
    # nobody to make it out to, and the one that is there says less.
    sql = f"""
        select certificate_id, c.board, c.credits, c.sha256, a.status, a.credits as granted,
            c.sessions, a.sessions as attended
        from certificates c left join awards a using (registration_id, board)
        where c.status = 'valid' and c.board <> 'participation' and not coalesce(a.held, false)
            and (a.status is distinct from 'granted' or a.credits <> c.credits or c.sha256 = ''
                or not (a.sessions @> c.sessions and a.sessions <@ c.sessions))
            and (a.status is distinct from 'granted' or c.sha256 = ''
                or nullif(a.credits, '')::numeric < nullif(c.credits, '')::numeric
                or not a.sessions @> c.sessions or {_SOMEBODY})
    """
    for row in await outside.rows("certificates", sql):
        yield Finding(
            row["certificate_id"],
            f"{row['board']}: certificate over {row['credits']} for {row['sessions']}, award "
            f"{row['status']} over {row['granted']} for {row['attended']}, document "
            f"{row['sha256'][:8] or 'missing'}",
        )


@invariant(4, "A certificate carries the evidence and the rule version it rests on", "certificates")
async def certificates_rest_on_something(outside: Outside) -> AsyncIterator[Finding]:
    # The version of the evidence of each session that it credits, and of a board's rule. That of a
    # presenter may rest on what staff say.
    sql = """
        select certificate_id, board, sessions, evidence, rule_version from certificates
        where status <> 'preparing' and board <> 'presenter'
            and (rule_version < 1 or evidence = '{}' or not evidence ?& (
                select coalesce(array_agg(one), '{}')
                from jsonb_array_elements_text(sessions) one))
    """
    for row in await outside.rows("certificates", sql):
        detail = f"sessions {row['sessions']}, evidence {row['evidence']}"
        yield Finding(
            row["certificate_id"], f"{row['board']}: {detail}, rule version {row['rule_version']}"
        )


@invariant(4, "Nobody holds a certificate without credit beside one of credit", "certificates")
async def no_credit_beside_credit(outside: Outside) -> AsyncIterator[Finding]:
    sql = """
        select registration_id, array_agg(board order by board) as boards
        from certificates where status = 'valid' and board <> 'presenter' group by 1
        having bool_or(board = 'participation') and count(distinct board) > 1
    """
    for row in await outside.rows("certificates", sql):
        yield Finding(row["registration_id"], f"live: {', '.join(row['boards'])}")


@invariant(4, "A certificate's files are those whose hashes it carries", "certificates")
async def files_are_what_certificates_name(outside: Outside) -> AsyncIterator[Finding]:
    # Of whom was erased nothing is left (no draft above 0); of what is being made there is no file
    # yet.
    sql = """
        select coalesce(c.certificate_id, d.certificate_id, f.certificate_id) as certificate_id,
            c.status, c.draft, d.certificate_id is not null as written, f.sha256, f.jwt_sha256
        from certificates c full join documents d using (certificate_id) full join (
            select certificate_id, encode(sha256(pdf), 'hex') as sha256,
                encode(sha256(convert_to(jwt, 'UTF8')), 'hex') as jwt_sha256
            from document_files) f using (certificate_id)
        where c.certificate_id is null or (draft > 0) <> (d.certificate_id is not null)
            or (draft > 0 and status <> 'preparing') <> (f.certificate_id is not null)
            or c.sha256 <> f.sha256 or c.jwt_sha256 <> f.jwt_sha256
    """
    for row in await outside.rows("certificates", sql):
        yield Finding(
            row["certificate_id"],
            f"{row['status'] or 'no certificate'}, draft {row['draft']}, "
            f"document {'there' if row['written'] else 'missing'}, "
            f"file {(row['sha256'] or 'missing')[:8]}, "
            f"token {(row['jwt_sha256'] or 'missing')[:8]}",
        )


@invariant(9, "Each award that waits for its certificate has it being made", "certificates")
async def awards_are_being_made(outside: Outside) -> AsyncIterator[Finding]:
    # At any instant: the award and the deadline that makes its certificate are one transaction.
    sql = f"""
        select registration_id, board, a.credits from awards a where a.status = 'granted'
            and not exists (
                select from certificates c where c.registration_id = a.registration_id
                    and c.board = a.board and c.status in ('valid', 'revoked'))
            and {_SOMEBODY}
            and not exists (
                select from due where kind = 'render' and ref = registration_id || '/' || board)
    """
    for row in await outside.rows("certificates", sql):
        detail = f"{row['board']} over {row['credits']} is granted, and nothing makes a certificate"
        yield Finding(row["registration_id"], detail)


@invariant(9, "Each award that was granted has its certificate", "certificates")
async def awards_have_certificates(outside: Outside) -> AsyncIterator[Finding]:
    # One that staff revoked is not made again by itself.
    sql = f"""
        select registration_id, board, a.credits from awards a where a.status = 'granted'
            and not exists (
                select from certificates c where c.registration_id = a.registration_id
                    and c.board = a.board and c.status in ('valid', 'revoked'))
            and {_SOMEBODY}
    """
    for row in await outside.rows("certificates", sql):
        detail = f"{row['board']} over {row['credits']} is granted, and there is no certificate"
        yield Finding(row["registration_id"], detail)
