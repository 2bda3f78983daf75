"""Rules of certificates: from stored facts to awards, without a clock or a database."""
