"""Prepared queries: SQL that is compiled once for each connection and executed with different
values.

Django compiles a query's SQL on each execution: some hundred Python function calls, which cost
several times as much as the statement itself. Queries that a caller waits for, or that run for
every call, are declared once through the ORM with parameters in place of values, and their SQL is
cached with the connection. The statements and results are those of the ORM. Why: docs/adr/0043.

Safe on any thread, as each thread has its own connections.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Expression, Field, QuerySet
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql import UpdateQuery

T = TypeVar("T")

_KEPT: Final = "voicex_prepared"  # the attribute of a connection
# The longest list of values for which SQL is cached. A client may decide how long a list is, and
# cached SQL stays as long as the process.
MOST_KEPT: Final = 200
# Types whose values need no conversion for the database.
_PLAIN: Final = (
    models.BooleanField,
    models.CharField,
    models.ForeignKey,
    models.IntegerField,
    models.TextField,
)


class Parameter(Expression):
    """The placeholder of a value in a prepared query. name: of the argument that gives the value.

    place: index in an argument that is a list; None for a single value.
    """

    def __init__(
        self, name: str, output_field: "Field[Any, Any]", place: int | None = None
    ) -> None:
        super().__init__(output_field=output_field)
        self.name = name
        self.place = place

    def as_sql(self, _compiler: Any, _connection: Any) -> Any:
        """The SQL of the placeholder, with this object in place of its value."""
        return "%s", [self]


class _Prepared:
    """A prepared query, compiled once for each connection and each length of its list arguments.

    build: takes the parameters by name, those of a list as a list. It is called rarely, so it must
    not read the clock, settings or rows. parameters: the type of each, as a field, and as a list of
    one field for a list, which is never empty.
    """

    def __init__(self, build: Callable[..., Any], /, **parameters: Any) -> None:
        self._build = build
        self._fields = parameters
        self._lists = tuple(name for name, each in parameters.items() if isinstance(each, list))

    def _made(self, values: Mapping[str, Any]) -> tuple[Any, Any]:
        lengths = [len(values[name]) for name in self._lists]

        def make(connection: Any) -> Any:
            return self._make(self._build(**self._of(values)), connection)

        if max(lengths, default=0) > MOST_KEPT:
            connection = connections[DEFAULT_DB_ALIAS]
            return connection, make(connection)
        return _kept((self, *lengths), make)

    def _make(self, built: Any, connection: Any) -> Any:
        raise NotImplementedError

    def _of(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: [Parameter(name, field[0], place) for place in range(len(values[name]))]
            if isinstance(field, list)
            else Parameter(name, field)
            for name, field in self._fields.items()
        }


class PreparedRead(_Prepared, Generic[T]):
    """A query for instances, or for tuples (`values_list`); `build` returns it."""

    def rows(self, **values: Any) -> list[T]:
        """All results for these arguments. Raises DatabaseError, as any query."""
        connection, made = self._made(values)
        with connection.cursor() as cursor:
            cursor.execute(made.sql, made.values(values, connection))
            found = cursor.fetchall()
        rows: list[T] = made.read(found)
        return rows

    def one(self, **values: Any) -> T | None:
        """The first result, or None."""
        return next(iter(self.rows(**values)), None)

    def _make(self, built: Any, connection: Any) -> Any:
        return _Read(built, connection)


class PreparedUpdate(_Prepared):
    """A prepared UPDATE; `build` returns the query set, and the changes by field name."""

    def run(self, **values: Any) -> int:
        """Execute with these arguments; the number of rows changed."""
        connection, made = self._made(values)
        with connection.cursor() as cursor:
            cursor.execute(made.sql, made.values(values, connection))
            return int(cursor.rowcount)

    def _make(self, built: Any, connection: Any) -> Any:
        found, changes = built
        query = found.query.chain(UpdateQuery)
        query.add_update_values(changes)
        query.annotations = {}
        return _Statement(query.get_compiler(connection=connection))


def insert(rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> None:
    """Insert new instances of one model; unlike `bulk_create`, their primary keys are not read
    back.

    Cheaper than Django's, which calls a dozen functions for each value. ignore_conflicts: rows that
    violate a constraint are skipped. Uses as few statements as the database allows: outside of a
    transaction some rows may be inserted when a later statement fails. The primary key must be
    generated by the database.
    """
    if not rows:
        return
    model = type(rows[0])
    connection, made = _insert_of(model)
    most = connection.features.max_query_params
    at_once = most // len(made.fields) if most else len(rows)
    ending = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    waiting = iter(rows)
    while part := list(islice(waiting, at_once)):
        with connection.cursor() as cursor:
            cursor.execute(made.statement(len(part)) + ending, made.values(part, connection))


def insert_one(row: models.Model) -> None:
    """Insert a new instance and set its primary key, as `save` does, but without signals."""
    connection, made = _insert_of(type(row))
    with connection.cursor() as cursor:
        cursor.execute(made.returning, made.values([row], connection))
        (row.pk,) = cursor.fetchone()
    row._state.adding = False
    row._state.db = connection.alias


class _Statement:
    """Compiled SQL with its placeholders."""

    def __init__(self, compiler: Any) -> None:
        self.sql, params = compiler.as_sql()
        self._fixed = list(params)
        asked = [(at, each) for at, each in enumerate(params) if isinstance(each, Parameter)]
        self._plain, self._others = (
            [(at, each) for at, each in asked if isinstance(each.output_field, _PLAIN) == is_plain]
            for is_plain in (True, False)
        )

    def values(self, given: Mapping[str, Any], connection: Any) -> list[Any]:
        """The values of the statement's placeholders. Raises KeyError where one is not given."""
        values = self._fixed.copy()
        for at, each in self._plain:
            values[at] = _given(each, given)
        for at, each in self._others:
            values[at] = each.output_field.get_db_prep_value(_given(each, given), connection)
        return values


class _Read(_Statement):
    """Reads rows as `django.db.models.query.ModelIterable` does, its set-up done in advance."""

    def __init__(self, found: QuerySet[Any, Any], connection: Any) -> None:
        compiler = found.query.get_compiler(connection=connection)
        super().__init__(compiler)
        self._compiler = compiler
        fields = [each[0] for each in compiler.select[: compiler.col_count]]
        self._converters = compiler.get_converters(fields)
        self._alias = connection.alias
        self._is_of_models = found._iterable_class is ModelIterable
        if self._is_of_models:
            info = compiler.klass_info
            chosen = info["select_fields"]
            self._model = info["model"]
            self._columns = slice(chosen[0], chosen[-1] + 1)
            self._names = [each[0].target.attname for each in compiler.select[self._columns]]
            related: Any = get_related_populators  # newer stubs than the Django that is used
            self._related = related(info, compiler.select, connection.alias)
            self._annotations = tuple(compiler.annotation_col_map.items())

    def read(self, rows: Iterable[Any]) -> list[Any]:
        """Convert database rows to instances or tuples."""
        if self._converters:
            rows = self._compiler.apply_converters(rows, self._converters)
        if self._is_of_models:
            return [self._instance(row) for row in rows]
        return [tuple(row) for row in rows]

    def _instance(self, row: Sequence[Any]) -> Any:
        found = self._model.from_db(self._alias, self._names, row[self._columns])
        for each in self._related:
            each.populate(row, found)
        for name, place in self._annotations:
            setattr(found, name, row[place])
        return found


class _Insert:
    """The INSERT of a model's rows, whose keys the database gives."""

    def __init__(self, model: type[models.Model], connection: Any) -> None:
        meta, quote = model._meta, connection.ops.quote_name
        assert isinstance(meta.pk, models.AutoField), model  # noqa: S101  # else it is left out
        self.fields = [each for each in meta.concrete_fields if not each.primary_key]
        self._plain = [
            isinstance(each, _PLAIN)
            and type(each).pre_save is Field.pre_save
            and not each.has_db_default()
            for each in self.fields
        ]
        columns = ", ".join(quote(each.column) for each in self.fields)
        self._head = f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES "  # noqa: S608  # nosec B608
        self._row = f"({', '.join(['%s'] * len(self.fields))})"
        self.returning = f"{self.statement(1)} RETURNING {quote(meta.pk.column)}"

    def statement(self, rows: int) -> str:
        """The statement for this number of rows."""
        return self._head + ", ".join([self._row] * rows)

    def values(self, rows: Iterable[models.Model], connection: Any) -> list[Any]:
        """The values to insert, row by row."""
        plan = list(zip(self.fields, self._plain, strict=True))
        return [
            getattr(row, field.attname)
            if is_plain
            else field.get_db_prep_save(_chosen(field, row), connection)
            for row in rows
            for field, is_plain in plan
        ]


def _chosen(field: Any, row: models.Model) -> Any:
    """The value of `field`, or the database's default where the instance has none."""
    value = field.pre_save(row, True)
    is_left_open = hasattr(value, "resolve_expression") and field.has_db_default()
    return field.db_default if is_left_open else value


def _given(parameter: Parameter, values: Mapping[str, Any]) -> Any:
    value = values[parameter.name]
    return value if parameter.place is None else value[parameter.place]


def _insert_of(model: type[models.Model]) -> tuple[Any, _Insert]:
    return _kept(model, lambda connection: _Insert(model, connection))


def _kept(key: Any, make: Callable[[Any], Any]) -> tuple[Any, Any]:
    """The connection of this thread, and what was made for it under `key`, now or before."""
    connection = connections[DEFAULT_DB_ALIAS]
    kept = connection.__dict__.setdefault(_KEPT, {})
    if (made := kept.get(key)) is None:
        made = kept[key] = make(connection)
    return connection, made
