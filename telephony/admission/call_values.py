"""The values of an agent's variables in one call."""

from collections.abc import Mapping

from agents.models import Agent
from agents.settings.config import AgentConfig
from agents.variables.filling import filled, on_clock_of
from agents.variables.values import Known
from usage.models import Call
from usage.reads import caller_memory
from usage.records.caller_numbers import ERASED, UNKNOWN, WITHHELD
from usage.records.calls import PARAMETERS
from usage.records.trusted_numbers import is_forged

_NO_NUMBER = (WITHHELD, UNKNOWN, ERASED)


def parameters_of(agent: Agent, query: Mapping[str, str]) -> dict[str, str]:
    """The declared parameters of the agent's published version, read from the webhook
    URL's query.
    """
    return agent.published.variables.taken(query) if agent.published else {}


def config_of_call(call: Call, config: AgentConfig) -> AgentConfig:
    """The agent's configuration with variables filled in for `call`: the same for each of its
    streams.

    The time zone is the organization's, unless the agent has its own. Reads the database only if
    the agent remembers callers.
    """
    number = "" if call.from_number in _NO_NUMBER else call.from_number
    is_known = config.memory.callers and number and not is_forged(call)
    before = caller_memory.remembered(call) if is_known else None
    said = call.carrier_report.get(PARAMETERS)
    return filled(
        on_clock_of(config, call.org.time_zone),
        Known(
            now=call.opened_at,
            number=number,
            name=before.name if before else "",
            reason=before.reason if before else "",
            language=before.language if before else "",
            last_at=before.at if before else None,
            parameters=said if isinstance(said, dict) else None,
        ),
    )
