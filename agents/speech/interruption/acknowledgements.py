"""Tells interruptions from acknowledgements ("mm-hm") by their words.

An acknowledgement ("mm-hmm", "okay", "genau") or a filler ("um", a laugh) is not a wish to speak;
all other words are. The lists come from recorded calls: Switchboard's
backchannels (Jurafsky et al., 1997: "uh-huh", "yeah", "right", "oh", "okay", "really" are nine in
ten of them) and their like in other languages.
"""

import re
import unicodedata
from enum import StrEnum
from functools import cache
from typing import Final


class Words(StrEnum):
    """The kind of a sound's words."""

    NONE = "none"
    FILLER = "filler"
    ACKNOWLEDGEMENT = "acknowledgement"
    CLAIM = "claim"


# Sounds that recognisers write in many ways, in every language.
_HUM: Final = re.compile(
    r"m++h*+u*+m*+|h++u*+m++|(?:h++m++){1,4}h?|u++h++u++[hm]*+|a++h++a++m*+|hu++h|a++h++|o++h++"
)
_FILLER: Final = re.compile(
    r"u+h+m*|u+m+|e+h+|e+r+m*|e+h*m+|a+h+m+|ä+h*m*|ö+h*m*|e+u+h+|(ha|he|hi|ah|eh){2,}h?|haha\w*"
)
_REPEATED: Final = re.compile(r"(\w)\1{2,}")
# "[cough]", "*sneezes*", "(lau"; no bracket is looked for behind the next one that opens.
_BRACKETS: Final = re.compile(r"[\[(*][^\[(\])*]*+[\])*]|[\[(][^\[(\])*]*+\Z")
_DASHES: Final = re.compile(r"\b(m+|u+h*|a+h*|h+)[-\s](h+[ua]*[mh]*)\b")  # "mm-hmm", "uh-huh"

_FILLERS: Final = "ah eh er uh um hm achoo ahem hatschi ha phew ugh tsk puh uff tja naja"
_COMMON: Final = "ok o_k okay okey okeh oke oki mkay mhm mmhm mmhmm mhmm ja yeah yep yes aha"
_ACKNOWLEDGEMENTS: Final = {
    "en": "yes yeah yep yup ya yah sure right alright all_right of_course absolutely exactly "
    "indeed totally definitely certainly correct true great good fine cool nice perfect excellent "
    "wonderful lovely i_see i_understand i_got_it got_it gotcha understood oh really wow "
    "very_good sounds_good that_s_right that_s_fine that_s_good that_s_great that_s_true thanks "
    "thank_you makes_sense that_makes_sense fair_enough no_problem okie_dokie very_well sure_thing "
    "that_s_nice that_s_perfect that_s_wonderful that_s_fantastic that_s_lovely that_s_okay "
    "that_s_correct that_works sounds_great sounds_perfect sounds_fine very_nice fair_point "
    "no_worries all_good oh_dear got_you good_to_know you_re_right right_on "
    "okay_then alright_then right_then alrighty brilliant awesome amazing fantastic terrific "
    "interesting cheers thanks_a_lot thank_you_so_much thank_you_very_much",
    "de": "ja jaja jap jep jo joa jawohl genau richtig stimmt klar alles_klar na_klar natürlich "
    "sicher gut sehr_gut prima super toll schön wunderbar perfekt fein passt in_ordnung "
    "ach_so achso ach ach_ja aha verstehe ich_verstehe verstanden eben gerne gern danke "
    "dankeschön danke_schön vielen_dank das_stimmt das_passt das_ist_gut wirklich echt okay_gut "
    "so_so na_gut ist_gut klasse spitze bestens top exakt absolut ganz_genau tatsächlich freilich "
    "selbstverständlich einverstanden interessant sehr_schön sehr_gerne geht_klar nee_klar "
    "alles_gut kein_problem kein_thema macht_nichts so_ist_es auf_jeden_fall klingt_gut "
    "das_klingt_gut das_ist_schön das_ist_super das_ist_toll das_ist_prima das_ist_klar "
    "das_ist_richtig das_ist_okay das_ist_wahr sie_haben_recht da_haben_sie_recht oh_je oje "
    "okidoki na_ja alles_verstanden habe_verstanden hab_verstanden hab_ich hab_ich_verstanden "
    "versteh versteh_ich verstehe_ich mach_ich ach_so_ist_das",
    "fr": "oui ouais d_accord bien très_bien bien_sûr exactement tout_à_fait parfait super "
    "je_vois je_comprends voilà c_est_ça ah_oui ah_bon merci entendu compris génial exact "
    "c_est_bien c_est_noté c_est_vrai c_est_parfait ça_marche ça_me_va effectivement "
    "absolument bien_entendu pas_de_problème pas_de_souci impeccable nickel",
    "es": "sí si claro vale bien muy_bien de_acuerdo exacto perfecto entiendo ya ya_veo "
    "por_supuesto bueno genial gracias así_es ajá correcto claro_que_sí está_bien eso_es qué_bien "
    "estupendo no_hay_problema sin_problema ya_entiendo lo_entiendo efectivamente desde_luego "
    "muy_amable",
    "it": "sì si certo va_bene bene esatto perfetto capisco ho_capito capito d_accordo giusto "
    "grazie ottimo già ah_sì benissimo va_benissimo molto_bene chiaro tutto_chiaro certamente "
    "assolutamente infatti ecco bello nessun_problema",
    "nl": "ja jazeker goed prima precies klopt inderdaad juist zeker natuurlijk ik_begrijp_het "
    "begrepen duidelijk dank_je bedankt oké helemaal_goed ja_hoor dat_klopt dank_u dank_u_wel "
    "dank_je_wel fijn mooi leuk is_goed dat_is_goed geen_probleem tuurlijk snap_ik ik_snap_het "
    "absoluut uitstekend",
    "pt": "sim claro certo tá está_bem tudo_bem exato exatamente entendi perfeito ótimo bom pois "
    "pois_é obrigado obrigada isso isso_mesmo beleza tá_bom tá_certo está_certo está_bom "
    "tudo_certo muito_bem com_certeza sem_dúvida sem_problema legal maravilha",
}
# Words that stop the agent whoever says them how: also quietly, also as the only word.
_HARD_STOPS: Final = {
    "en": "stop wait hold hang no nope hello sorry excuse pause enough operator human agent",
    "de": "stopp stop halt moment warte warten nein nee hallo entschuldigung pardon still "
    "ruhe mitarbeiter mensch",
    "fr": "stop attendez attends non arrêtez pardon allô",
    "es": "espere espera no alto pare perdón",
    "it": "aspetti aspetta no ferma scusi pronto",
    "nl": "stop wacht nee ho sorry",
    "pt": "espere espera não pare desculpe",
}
_ENGLISH: Final = "en"
SHORTEST_SURE: Final = 3  # letters; a shorter piece may be the beginning of anything


def kind_of(text: str, language: str, *, is_partial: bool = False) -> Words:
    """The kind of `text`. language: the agent's, "en" or "de-AT".

    is_partial: the sound was cut off in the middle, so the last word may be incomplete: "o" of
    "okay" does not count yet.
    """
    words = tokens(text)
    if not words:
        return Words.NONE
    known, stops = _acknowledgements(_tongue(language)), _hard_stops(_tongue(language))
    kinds = set()
    at = 0
    while at < len(words):
        size = _phrase_at(words, at, known)
        if size:
            kinds.add(Words.ACKNOWLEDGEMENT)
        elif _is_filler(words[at]):
            kinds.add(Words.FILLER)
        elif words[at] in stops:
            return Words.CLAIM
        elif is_partial and any(
            _may_become_known(words[begin:], known)
            for begin in range(max(0, at - _LONGEST), at + 1)
        ):
            return max(kinds, key=list(Words).index, default=Words.FILLER)
        else:
            return Words.CLAIM
        at += size or 1
    return max(kinds, key=list(Words).index)


def is_hard_stop(text: str, language: str) -> bool:
    """Whether `text` has a word that always stops the agent at once."""
    known = _hard_stops(_tongue(language))
    return any(word in known for word in tokens(text))


def tokens(text: str) -> list[str]:
    """The words of `text` in lower case, without punctuation and "[laughs]"; "okaaay" is "okay"."""
    folded = unicodedata.normalize("NFC", _BRACKETS.sub(" ", text)).casefold()
    joined = _DASHES.sub(r"\1\2", folded.replace("\u2011", "-"))
    bare = "".join(letter if letter.isalnum() else " " for letter in joined)
    return [_REPEATED.sub(r"\1", word) for word in bare.split()]


def share_said(text: str, said: str) -> float:
    """The share (0 to 1) of the words of `text` that `said` contains; 0 without words."""
    words, among = tokens(text), set(tokens(said))
    return sum(word in among for word in words) / len(words) if words else 0.0


def _tongue(language: str) -> str:
    return language.partition("-")[0].lower()


def _is_filler(word: str) -> bool:
    return word in _fillers() or _FILLER.fullmatch(word) is not None


def _phrase_at(words: list[str], at: int, known: frozenset[tuple[str, ...]]) -> int:
    """The number of words in the longest acknowledgement that begins at `at`; 0 for none."""
    for size in range(min(_LONGEST, len(words) - at), 0, -1):
        if tuple(words[at : at + size]) in known:
            return size
    return 1 if _HUM.fullmatch(words[at]) else 0


def _may_become_known(words: list[str], known: frozenset[tuple[str, ...]]) -> bool:
    """Whether these last words may be the beginning of an acknowledgement or a filler."""
    *whole, last = words
    last = last.rstrip(last[-1]) + last[-1]  # drawn out
    if not whole and len(last) < SHORTEST_SURE and last[0] in "mhuaoeäö":
        return True
    return any(
        len(phrase) >= len(words)
        and phrase[: len(whole)] == tuple(whole)
        and phrase[len(whole)].startswith(last)
        for phrase in known
    )


@cache
def _acknowledgements(tongue: str) -> frozenset[tuple[str, ...]]:
    # Callers mix English in; an agent of a language without a list gets English ones alone.
    texts = (_COMMON, _ACKNOWLEDGEMENTS[_ENGLISH], _ACKNOWLEDGEMENTS.get(tongue, ""))
    return frozenset(tuple(phrase.split("_")) for text in texts for phrase in text.split())


@cache
def _hard_stops(tongue: str) -> frozenset[str]:
    return frozenset(f"{_HARD_STOPS[_ENGLISH]} {_HARD_STOPS.get(tongue, '')}".split())


@cache
def _fillers() -> frozenset[str]:
    return frozenset(_FILLERS.split())


_LONGEST: Final = 4  # words of the longest phrase above
