"""Write `daily_counts.sql` for Spark, and for Athena and Trino: `python translate.py`."""

from pathlib import Path

import sqlglot

HERE = Path(__file__).parent
HEADS = {
    "spark": "Written by translate.py from daily_counts.sql. The tests run it in Spark.",
    "trino": "Written by translate.py from daily_counts.sql, for Athena and Trino.\n"
    "-- The tests only parse it: they have neither of the two.",
}


def translated(dialect: str) -> str:
    """The query in another dialect."""
    text = (HERE / "daily_counts.sql").read_text("utf-8")
    (query,) = sqlglot.transpile(text, read="duckdb", write=dialect, pretty=True)
    return f"-- {HEADS[dialect]}\n{query}\n"


if __name__ == "__main__":
    for dialect in HEADS:
        (HERE / f"daily_counts.{dialect}.sql").write_text(translated(dialect), "utf-8")
