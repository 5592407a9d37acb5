"""How a text model ends a call: it writes a mark after its goodbye. Pure.

It is a mark in the text and not a tool call, because every chat model and every compatible server
can write one, and the goodbye comes in the same answer. Models spell it in many ways.
"""

import re
from typing import Final

MARK: Final = "[hang up]"
LONGEST_MARK: Final = 40  # characters between its brackets

# Without spaces and signs, as verb, noun or order, and in the languages that models fall into.
_SPELLINGS: Final = frozenset((
    "hangup", "hangsup", "hangingup", "hungup", "hangupcall", "hangupthecall", "hangupnow",
    "hangsupthephone", "hangupthephone", "agenthangsup", "agenthangup", "pleasehangup",
    "endcall", "endthecall", "endofcall", "endscall", "endsthecall", "endingcall", "callended",
    "callends", "callend", "endingthecall", "endconversation", "endofconversation",
    "conversationended", "terminatecall", "disconnect", "disconnects", "disconnectcall",
    "closecall", "calldisconnected", "callterminated", "actionhangup", "actionendcall",
    "auflegen", "legtauf", "aufgelegt", "anrufbeenden", "anrufbeendet", "gesprächbeenden",
    "gesprächbeendet", "beendetdenanruf", "beendetdasgespräch", "raccrocher", "raccroche",
    "raccrochez", "colgar", "cuelga", "findelallamada", "finappel", "findelappel", "riaggancia",
    "riagganciare", "riattacca", "finechiamata", "ophangen", "hangtop", "eindegesprek",
    "rozłącz", "rozłączsię", "koniecrozmowy", "desligar", "desliga", "fimdachamada", "挂断",
    "disconnecting", "disconnectthecall", "terminatethecall", "terminatingcall", "finishcall",
    "dropcall", "closethecall", "callisover", "callcompleted", "endcallnow",
    "legauf", "jetztauflegen", "hörerauflegen", "endedesgesprächs", "endedesanrufs",
    "anrufende", "gesprächsende", "anrufwirdbeendet", "gesprächwirdbeendet", "anrufbeende",
    "verbindungtrennen", "verbindungwirdgetrennt",
    "raccrocherlappel", "appelterminé", "terminerlappel", "terminerappel",
    "colgarllamada", "colgarlallamada", "terminarllamada", "terminarlallamada",
    "finalizarllamada", "finalizarlallamada", "llamadaterminada", "llamadafinalizada",
    "chiudichiamata", "chiuderechiamata", "chiudilachiamata", "terminachiamata",
    "chiamataterminata", "riagganciailtelefono",
    "encerrarchamada", "encerrarachamada", "terminarchamada", "chamadaencerrada",
    "gesprekbeëindigen", "gesprekbeëindigd", "beëindiggesprek", "verbreekverbinding",
    "zakończrozmowę", "zakończpołączenie", "rozmowazakończona", "połączeniezakończone",
    "läggpå", "läggerpå", "avslutasamtal", "samtaletavslutat", "læggerpå", "lægpå",
    "afslutopkald", "leggpå", "avsluttsamtale", "lopetapuhelu", "puhelupäättyi",
    "zavěsit", "zavěs", "konechovoru", "ukončithovor", "hovorukončen", "letesz", "leteszem",
    "híváskilépés", "hívásvége", "închide", "încheieapelul", "apelîncheiat", "telefonukapat",
    "görüşmeyibitir", "aramayısonlandır", "положитьтрубку", "завершитьзвонок",
    "конецразговора", "звонокзавершён", "покластислухавку", "завершитидзвінок",
    "κλείσιμοκλήσης", "結束通話", "结束通话", "掛斷", "電話を切る",
    "通話終了", "전화끊기", "통화종료",
))  # fmt: skip
_NO_LETTER: Final = re.compile(r"[\W\d_]+")
_TOOL_NAME: Final = re.compile(
    r"""["']?(?:name|tool|function|action|type)["']?\s{0,8}+[:=]\s{0,8}+["']?([\w\-]{1,40})"""
)
# A field of an answer in JSON: {"response": "Goodbye!", "end_call": true}.
_ASKED_FOR: Final = re.compile(
    r"""["'](?:should_?)?(?:end_?(?:the_?)?call|hang_?up|end_?(?:the_?)?conversation)["']\s{0,8}:
        \s{0,8}["']?(?:true|yes|1)\b""",
    re.VERBOSE | re.IGNORECASE,
)


def is_mark(text: str) -> bool:
    """Whether `text`, from between brackets or asterisks, is the mark.

    A text longer than LONGEST_MARK is not.
    """
    if len(text) > LONGEST_MARK:
        return False
    return any(
        _NO_LETTER.sub("", each).lower() in _SPELLINGS for each in (text, text.rpartition(":")[2])
    )


def may_become_mark(text: str) -> bool:
    """Whether `text` may be the beginning of the mark."""
    begun = _NO_LETTER.sub("", text[:LONGEST_MARK]).lower()
    return any(each.startswith(begun) for each in _SPELLINGS)


def is_tool(call: str) -> bool:
    """Whether the beginning of a tool call names the tool that ends the call."""
    named = _TOOL_NAME.findall(call)
    if _ASKED_FOR.search(call):
        return True
    return any(is_mark(each) for each in named) or is_mark(call.partition("(")[0])
