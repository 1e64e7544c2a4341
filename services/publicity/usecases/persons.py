"""The session's actor as the rules of a publication ask for it."""

from libs.common.http.auth import Actor, Role
from services.publicity.domain.publication import Person


def person(actor: Actor) -> Person:
    """Who acts."""
    return Person(actor.account_id, actor.name, actor.role is Role.LEAD, actor.county, actor.unit_id)
