"""How many sessions of a survey have drawn from its pools: what balances the next draw. One row a survey."""

from sqlalchemy import Connection, insert, update

from storage.tables import draws


def next_number(connection: Connection, survey: str) -> int:
    """The number of the next session, from 0. Two at the same time get two numbers: the row is locked."""
    counted = (
        update(draws)
        .where(draws.c.survey == survey)
        .values(persons=draws.c.persons + 1)
        .returning(draws.c.persons)
    )
    found: int | None = connection.execute(counted).scalar_one_or_none()
    if found is not None:
        return found - 1
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql

        first = insert_on_postgresql(draws).values(survey=survey, persons=0).on_conflict_do_nothing()
        connection.execute(first)
        return next_number(connection, survey)
    connection.execute(insert(draws).values(survey=survey, persons=1))
    return 0
