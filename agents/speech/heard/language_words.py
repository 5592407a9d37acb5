"""Distinguishes languages by a few words: small words of each, and their names in all. Pure.

The lists hold no names of people and things, and no word of many languages ("okay", "hello").
"""

import itertools
import re
from collections.abc import Mapping
from typing import Final

from agents.speech.turns.words import words

# By code. A word that two of the agent's languages have counts for neither.
SMALL_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "en": words(
        "the and is are am was were i i'm i'd i've you you're your my our we have has do does did "
        "don't can can't could would like want what what's when where how much many this that "
        "these for with to of on at it it's its please thank thanks yes good need about there "
        "not if but or an be been will just any some tomorrow today who why which from they he "
        "she know think go get make tell give speak"
    ),
    "de": words(
        "der die das und ist sind bin war ich du sie ihr ihnen ihre mein meine meinen wir habe "
        "haben hat hätte kann können könnte könnten möchte möchten würde will was wann wo wie "
        "viel viele dieser diese dieses für mit zu zum zur von vom auf an im am es bitte danke "
        "ja nein guten brauche über da nicht kein keine keinen wenn aber oder ein eine einen "
        "einem einer den dem des noch schon gern gerne mal auch bei nach heute morgen wer warum "
        "aus er uns mir mich sich dass weiß geht gibt machen sagen sprechen um uhr"
    ),
    "fr": words(
        "le la les un une des du de et est sont suis était je j'ai j'aimerais vous votre vos mon "
        "ma mes nous avons avez a ai peux pouvez pourrais voudrais veux que quoi quand où comment "
        "combien ce cette ces pour avec à au aux en sur il elle s'il plaît merci oui bonjour "
        "besoin pas ne n'est si mais ou c'est qu'est ici aujourd'hui demain qui pourquoi par dans "
        "sans très bien moi ils on d'accord"
    ),
    "es": words(
        "el la los las un una unos y es son soy está estoy era yo usted ustedes su mi nosotros "
        "tengo tiene tienen puedo puede podría quiero quisiera qué cuándo dónde cómo cuánto "
        "cuántos este esta esto para por con a al del de en gracias sí buenos buenas días "
        "necesito no si pero o hay aquí hoy mañana quién porque muy bien me te se lo le hola "
        "favor que hacer"
    ),
    "it": words(
        "il lo la i gli le un una uno e è sono era io lei voi suo mio mia noi ho ha hanno posso "
        "può potrei vorrei voglio che cosa quando dove come quanto quanti questo questa per con a "
        "al del della di da in su grazie sì buongiorno bisogno non se ma o c'è qui oggi domani "
        "chi perché molto bene mi ti si favore fare prego"
    ),
    "nl": words(
        "de het een en is zijn ben was ik u uw jij je mijn wij we heb heeft hebben kan kunt kunnen "
        "zou wil willen wat wanneer waar hoe veel deze dit dat voor met naar van op aan "
        "alstublieft dank bedankt ja nee goedemorgen goedemiddag nodig over niet geen als "
        "maar of er hier vandaag morgen wie waarom heel goed mij zich om te bij ook nog graag"
    ),
    "pl": words(
        "i jest są jestem był ja pan pani państwo mój moja my mam ma mogę może mógłbym chciałbym "
        "chciałabym chcę co kiedy gdzie jak ile ten ta to dla z do od na w po proszę dziękuję tak "
        "nie dzień dobry potrzebuję o czy jeśli ale lub tutaj dzisiaj jutro kto dlaczego bardzo "
        "dobrze mi się jaki jaka za że"
    ),
    "pt": words(
        "o a os as um uma e é são sou está estou era eu você vocês seu sua meu minha nós tenho tem "
        "têm posso pode poderia quero queria que quando onde como quanto quantos este esta isto "
        "para por com ao do da de em no na obrigado obrigada sim bom boa dia preciso não se mas ou "
        "há aqui hoje amanhã quem porque muito bem me fazer"
    ),
}

# In all of them; recognisers name a language in English.
NAMES: Final[Mapping[str, frozenset[str]]] = {
    code: words(names)
    for code, names in {
        "en": "english englisch anglais inglés ingles inglese engels angielsku angielski inglês",
        "de": "german deutsch allemand alemán aleman tedesco duits niemiecku niemiecki alemão",
        "fr": "french französisch français francais francés francese frans francusku francuski "
        "francês",
        "es": "spanish spanisch espagnol español espanol castellano spagnolo spaans hiszpańsku "
        "hiszpański espanhol",
        "it": "italian italienisch italiano italiaans włosku włoski",
        "nl": "dutch niederländisch holländisch néerlandais neerlandés holandés olandese "
        "nederlands niderlandzku holandês",
        "pl": "polish polnisch polonais polaco polacco pools polsku polski polonês",
        "pt": "portuguese portugiesisch portugais portugués portoghese portugees portugalsku "
        "português",
        "tr": "turkish türkisch turc turco turks turecku türkçe",
        "ru": "russian russisch russe ruso russo rosyjsku",
        "ar": "arabic arabisch arabe árabe arabo arabsku",
        "uk": "ukrainian ukrainisch ukrainien ucraniano ucraino oekraïens ukraińsku",
    }.items()
}

_THREE_LETTERS: Final[Mapping[str, str]] = {
    "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it",
    "nld": "nl", "dut": "nl", "pol": "pl", "por": "pt", "tur": "tr", "rus": "ru", "ara": "ar",
}  # fmt: skip
MOST_CHARACTERS: Final = 1_000  # of a turn; its first words tell
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_CLAUSE: Final = re.compile(r"[.,;:!?¿¡()\n]+")


def words_in(text: str) -> list[str]:
    """The words of `text` in lower case, without numbers."""
    return _WORD.findall(text[:MOST_CHARACTERS].lower().replace("’", "'"))


def code_of(language: str) -> str:
    """The language code of a tag ("de-AT") or a name ("german"); "" for anything else."""
    name = language.strip().lower()
    code = name.replace("_", "-").partition("-")[0]
    code = _THREE_LETTERS.get(code, code)
    if 2 <= len(code) <= 3:
        return code
    return next((code for code, names in NAMES.items() if name in names), "")


# --- an explicit wish ------------------------------------------------------------------------

_SPEAK: Final = words(
    "speak talk continue prefer spreche sprechen sprechn spricht reden rede redet weitersprechen "
    "weiterreden unterhalten parler parlez parle parlons continuer hablar habla hablas hablamos "
    "hablan parlare parla parli parliamo spreken spreekt praten praat mówić mówi rozmawiać falar "
    "fala falamos"
)
_SWITCH: Final = words("switch change wechseln umschalten changer passer cambiar cambiare")
_IN: Final = words("in auf en em po op")
_TO: Final = words("to zu ins a al au")
_PLEASE: Final = words("please bitte plaît plait favor favore alstublieft proszę")
# Between the verb and the name, and behind the name.
_BETWEEN: Final = (
    words(
        "in auf en em po op i we you us maybe perhaps some only just please instead also a "
        "little bit ich wir sie du vielleicht lieber auch nur bitte ein bisschen denn vous "
        "nous un peu usted poco lei u z panem"
    )
    | _PLEASE
)
_BEHIND: Final = (
    words(
        "please instead now then if with bitte lieber jetzt weiter mit sprechen reden s'il svp "
        "por per here today possible"
    )
    | _PLEASE
    | _SPEAK
)
_NOT: Final = words(
    "not don't can't cannot doesn't no kein keine keinen nicht pas non niet geen nie não ne"
)
# Who asks for it, or is asked, and what beside that makes a request of a sentence.
_ADDRESSED: Final = words("you sie du ihr vous tu usted ustedes lei voi u jij je pan pani você")
_PERSONS: Final = _ADDRESSED | words(
    "i we us ich wir nous on qu'on yo nosotros io noi ik wij we ja eu "
    "anyone anybody someone somebody jemand quelqu'un alguien qualcuno iemand ktoś alguém"
)
_AUXILIARIES: Final = words("do does")  # only before who is asked: "do you"
_MODALS: Final = words(
    "can could may might would will want like prefer need must shall should kann können könnte "
    "könnten könnt darf dürfen dürfte möchte möchten würde würden will wollen muss müssen peux "
    "peut pouvez pouvons pourrait pourriez pourrions voudrais veux aimerais préfère kan kunt "
    "kunnen zou zouden wil wilt willen może możemy mogę"
)
# Of the first or the second person without a word for it, or a request as they stand.
_ASKING: Final = _PLEASE | words(
    "let's let i'd we'd lieber j'aimerais puis podemos puedo puedes podría podríamos quiero "
    "quisiera posso possiamo puoi potrebbe potremmo vorrei voglio mogę możemy chciałbym "
    "chciałabym quero queria poderia"
)
_ONLY: Final = words("only just nur bloß seulement solo sólo alleen tylko só")
_LEARNING: Final = words(
    "learn learned learnt learning teach study studied lernen gelernt lerne lernt apprendre appris "
    "aprender aprendí imparare imparato leren geleerd uczyć"
)
_NEAR: Final = 4  # words
_SHORT: Final = 4  # words of a clause that is a wish without a verb: "auf Deutsch bitte"


def wish_in(text: str, allowed: tuple[str, ...], current: str) -> str:
    """The code of the language that the caller asks to speak, "" for none.

    allowed, current: codes. "I don't speak" the current language asks for the other one, if there
    is only one other.
    """
    for clause in _CLAUSE.split(text[:MOST_CHARACTERS]):
        said = words_in(clause)
        for at, word in enumerate(said):
            code = next((code for code in allowed if word in NAMES.get(code, ())), "")
            if not code or not _is_wish(said, at):
                continue
            if _NOT.isdisjoint(said[max(0, at - _NEAR) : at]):
                return code
            others = [each for each in allowed if each != code]
            if code == current and len(others) == 1:
                return others[0]
    return ""


def _is_wish(said: list[str], at: int) -> bool:
    """Whether the clause asks for the language that its word number `at` names."""
    before, behind = said[:at], said[at + 1 :]
    if behind and behind[0] not in _BEHIND:
        return False
    has_preposition = bool(before) and before[-1] in _IN
    if len(said) <= _SHORT and (has_preposition or not _PLEASE.isdisjoint(said)):
        return True
    if not _SPEAK.isdisjoint(behind[:2]):
        return has_preposition or _is_request(before, before)
    verb = next((i for i in range(at - 1, -1, -1) if said[i] in _SPEAK | _SWITCH), None)
    if verb is None:
        return False
    if has_preposition:
        return True
    if not _is_request(before[:verb], before) and _PLEASE.isdisjoint(behind):
        return False
    allowed = _BETWEEN | (_TO if said[verb] in _SWITCH else frozenset()) | _NOT
    return all(word in allowed for word in said[verb + 1 : at])


def _is_request(head: list[str], before: list[str]) -> bool:
    """Whether words about speaking a language are a request, not a statement about somebody.

    head: the words before the verb; before: the words before the language's name.
    """
    if not _LEARNING.isdisjoint(head):
        return False
    if not head or set(head) <= _NOT or not _ASKING.isdisjoint(before):
        return True
    if head[-1] in _ADDRESSED:  # "vous parlez", "Sie sprechen"
        return True
    is_of_us = not _PERSONS.isdisjoint(before)
    if is_of_us and not (_NOT | _ONLY).isdisjoint(before):  # "I don't", "ich spreche nur"
        return True
    pairs = itertools.pairwise(head)
    return any(
        (one in _MODALS | _AUXILIARIES and other in _PERSONS)
        or (one in _PERSONS and other in _MODALS)
        for one, other in pairs
    )
