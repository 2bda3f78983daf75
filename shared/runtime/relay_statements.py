"""What a relay asks the database: the rows that it takes next, and how many relays there are."""

from __future__ import annotations

from shared.runtime.envelope import SHARDS

# No more than some bytes of them: a thousand of the largest are nearly a gigabyte. How long each is
# stands beside it, so that what is not taken is not read. Those apart by shard, as the index has
# them: by position alone all that waits in the others would be looked through for them.
READ = f"""
SELECT id, shard, topic, key, payload, headers FROM (
  SELECT *, sum(octet_length(payload)) OVER
    (ORDER BY apart, id ROWS UNBOUNDED PRECEDING) AS up_to
  FROM (
    (SELECT id, shard, topic, key, payload, headers, false AS apart FROM outbox
      WHERE shard = ANY($1::smallint[]) AND shard <> ALL($2::smallint[]) ORDER BY id LIMIT $3)
    UNION ALL
    (SELECT id, shard, topic, key, payload, headers, true AS apart FROM outbox
      WHERE shard >= {SHARDS} AND shard % {SHARDS} = ANY($1::smallint[])
        AND shard <> ALL($2::smallint[]) ORDER BY shard, id LIMIT $3)
    ORDER BY apart, id LIMIT $3) first) sized
WHERE coalesce(up_to - octet_length(payload), up_to, 0) < $4 ORDER BY apart, id
"""
# In one order, whoever deletes: two that take the same rows in different orders wait for each other
# (`unsaid.py` takes some back).
DELETE = """
DELETE FROM outbox USING (
  SELECT id FROM outbox WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE) taken
WHERE outbox.id = taken.id
"""
OTHERS = """
SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE l.locktype = 'advisory' AND l.classid = $1 AND d.datname = current_database() AND l.granted
"""
