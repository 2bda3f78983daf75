"""What was made stands apart from what it is made of, and a certificate counts its drafts.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# For those whom no permission binds, too. A holder who is erased takes the row with them.
STAYS = """
CREATE FUNCTION bytes_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is never changed', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""


def upgrade() -> None:
    op.create_table(
        "document_files",
        sa.Column("certificate_id", sa.Text(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("jwt", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_document_files")),
    )
    op.execute("ALTER TABLE document_files ALTER COLUMN pdf SET STORAGE EXTERNAL")
    op.execute(
        "INSERT INTO document_files SELECT certificate_id, pdf, jwt FROM documents"
        " WHERE pdf IS NOT NULL"
    )
    op.execute(STAYS)
    op.execute(
        "CREATE TRIGGER bytes_stay BEFORE UPDATE ON document_files"
        " FOR EACH STATEMENT EXECUTE FUNCTION bytes_stay()"
    )
    op.add_column(
        "certificates", sa.Column("draft", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.alter_column("certificates", "draft", server_default=None)
    op.execute(
        "UPDATE certificates c SET draft = 1 FROM documents d"
        " WHERE d.certificate_id = c.certificate_id"
    )
    op.drop_column("documents", "pdf")
    op.drop_column("documents", "jwt")


def downgrade() -> None:
    op.add_column("documents", sa.Column("pdf", sa.LargeBinary(), nullable=True))
    op.execute("ALTER TABLE documents ALTER COLUMN pdf SET STORAGE EXTERNAL")
    op.add_column("documents", sa.Column("jwt", sa.Text(), nullable=False, server_default=""))
    op.alter_column("documents", "jwt", server_default=None)
    op.execute(
        "UPDATE documents d SET pdf = f.pdf, jwt = f.jwt FROM document_files f"
        " WHERE f.certificate_id = d.certificate_id"
    )
    op.drop_column("certificates", "draft")
    op.drop_table("document_files")
    op.execute("DROP FUNCTION bytes_stay()")
