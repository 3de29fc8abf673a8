"""The verbs of projects."""

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from storage.database import Store
from storage.errors import BadInput, NotFound
from storage.names import clean
from storage.tables import Project


def first(store: Store) -> Project:
    """The oldest project; made if there is none."""
    with store.session() as session:
        row = session.scalars(select(Project).order_by(Project.id).limit(1)).first()
        if row is None:
            row = Project(name="My project")
            session.add(row)
            session.commit()
        return row


def create(store: Store, name: str) -> Project:
    """A new project. `BadInput` if the name is empty or taken."""
    row = Project(name=clean(name, "A project"))
    with store.session() as session:
        session.add(row)
        _commit(session, row.name)
        return row


def rename(store: Store, project_id: int, name: str) -> None:
    """Give a project another name. `BadInput` if it is empty or taken."""
    name = clean(name, "A project")
    with store.session() as session:
        session.execute(update(Project).where(Project.id == project_id).values(name=name))
        _commit(session, name)


def get(store: Store, project_id: int) -> Project:
    """The project of that number."""
    with store.session() as session:
        row = session.get(Project, project_id)
    if row is None:
        raise NotFound(f"There is no project number {project_id}.")
    return row


def named(store: Store, name: str) -> Project | None:
    """The project of that name, or None."""
    with store.session() as session:
        return session.scalars(select(Project).where(Project.name == name)).first()


def all(store: Store) -> list[Project]:
    """Every project, the oldest first."""
    with store.session() as session:
        return list(session.scalars(select(Project).order_by(Project.id)))


def _commit(session: Session, name: str) -> None:
    try:
        session.commit()
    except IntegrityError as error:
        raise BadInput(f"There is a project called “{name}” already. Choose another name.") from error
