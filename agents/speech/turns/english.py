"""English words and patterns that tell whether a turn is over."""

import re
from typing import Final

from agents.speech.turns.words import NATO, Question, TurnWords, phrases, words

_UNTIL_TWENTY: Final = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
"""
_TENS: Final = """
twenty thirty forty fifty sixty seventy eighty ninety
"""
_DIGITS: Final = {
    **{word: str(value) for value, word in enumerate(_UNTIL_TWENTY.split())},
    **{word: f"{value}0" for value, word in enumerate(_TENS.split(), 2)},
    "oh": "0",
    "nought": "0",
    "hundred": "00",
    "thousand": "000",
}
_TELEPHONE: Final = (
    r"(?:tele)?phone|mobile|cell|call(?:ing)? (?:you|me) back|callback|reach (?:you|me)"
)

# Verbs that have a particle with them at the end of many sentences.
_PHRASAL: Final = (
    r"is|are|was|were|been|it's|i'm|(?:hang|turn|pick|sign|log|check|shut|call|come|go|run|tak|"
    r"fill|drop|start|throw|bring|look|mak|end|wak|speed|slow|clean|cut|cancel|mov|sell|wear|fall|"
    r"driv|pass|pay|send|leav|hold|keep|stay|sort|work|try|pull|show|burn|blow|figur|help|break|"
    r"giv|get|gett|sett|putt|runn|com)(?:e|s|es|ed|ing)?|hung|broke|broken|came|went|gone|ran|"
    r"took|taken|put|set|find|found|gave|brought|made|woke|sold|wore|worn|fell|fallen|drove|paid|"
    r"sent|left|held|kept|tried|blew|blown|got|gotten"
)
# Seldom last names: with one behind the other more follows.
_GIVEN_NAMES: Final = words(
    "mary elizabeth anne anna ann beth sarah sara emma emily hannah jessica jennifer amanda "
    "laura rebecca rachel katherine catherine kate katie lucy chloe sophie sophia olivia "
    "isabella mia ava charlotte amelia ella lily zoe megan lauren julia julie susan linda "
    "patricia barbara nancy karen lisa sandra donna carol michelle deborah stephanie helen "
    "maria marie margaret jane alice eleanor clara louise rose grace ellen joan ruth eva ivy "
    "claire daniel michael christopher matthew joshua andrew joseph john jonathan nathan "
    "benjamin samuel jacob nicholas christian timothy steven stephen edward robert william "
    "richard charles kevin brian jason jeffrey ryan eric sean aaron adam kyle jeremy ethan noah "
    "liam theodore oliver peter miguel carlos luis jose juan antonio jean luc mohammed ahmed "
)

# "One moment", "hang on a second, please".
_MOMENTS: Final = frozenset(
    f"{lead} {unit}{please}"
    for lead in ("one", "just a", "just one", "hang on a", "hold on a", "wait a", "give me a")
    for unit in ("moment", "second", "minute", "sec")
    for please in ("", " please")
)

_OWNED: Final = r"(?:the|a|an|my|your|our|his|her|their|these|those)"
# "Between nine thirty and ten": what stands before the "and".
_ONE_OF_TWO: Final = (
    rf"(?:\d+|{'|'.join(_DIGITS)}|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|"
    r"(?:the )?(?:\w+th|\w+st|first|second|third)|january|february|march|april|may|june|july|"
    r"august|september|october|november|december|noon|now|today|tomorrow|christmas|easter|"
    r"half past|quarter (?:past|to)|at|in the morning|in the afternoon|in the evening|morning|"
    r"afternoon|evening|o'clock|[ap]\.?m|dollars|pounds|euros)\b"
)
_LEADS: Final = r"(?:(?:uh|um|well|and|but|so|oh|yeah|okay|hi|hello|now) )*"

ENGLISH: Final = TurnWords(
    connectives=words(
        "and but because or so that if when while which who whose although though "
        "since unless until whether then also plus like including whereas cause cuz where whom "
        "whose wherever whatever"
    ),
    fillers=phrases(
        "uh, um, uhm, umm, uhh, er, erm, hm, hmm, mm, ah, well, you know, i mean, "
        "let me see, let me think, let's see, let me check, let me look, hang on, hold on, "
        "one moment, one second, just a moment, just a second, wait, how do i say, "
        "what was it, what's it called, kind of, sort of, basically, hang on please, "
        "hold on please, bear with me, bear with me please, where is it, where was it, or rather, "
        "no wait, you see"
    )
    | _MOMENTS,
    open_words=words(
        "the a an my your his its our their every each another to at of for from with into onto "
        "about between during without than as per via "
        "is are am was were be been being i'm we're they're you're i'd we'd i'll we'll i've we've "
        "i we he she they there's very mr mrs ms dr doctor professor number's name's "
        "he'd she'd they'd he'll she'll they'll they've who's gonna wanna gotta across against "
        "among amongst beneath beside besides concerning despite except regarding toward towards "
        "underneath unlike upon versus within next several"
    ),
    perhaps_open=words(
        "in on by over under after before off through around up down out near this these those "
        "some any not just need want wanted my have has had get got it's that's he's she's do does "
        "did don't didn't can't won't isn't doesn't would will can could should shall may might "
        "must"
    ),
    openers=words(
        "who whom whose what what's when when's where where's why why's which how how's "
        "is are am was were do does did can could will would shall should may might have has "
        "isn't aren't don't doesn't didn't can't couldn't won't wouldn't"
    ),
    subjects=words(
        "i i'm i'd i've i'll we we're we'd you he she it it's they that that's this there there's "
        "please let's nothing everything"
    ),
    yes=words(
        "yes yeah yep yup sure okay ok right correct exactly absolutely definitely certainly "
        "course fine perfect great good alright agreed true indeed affirmative both either"
    ),
    no=words("no nope nah naw never negative wrong incorrect neither"),
    whole_ends=re.compile(
        r"^(?:yes|yeah|yep|no|nope|sure)\b.{0,20}\b(?:i|you|he|she|it|we|they|that|this|there) "
        r"(?:is|are|am|was|were)\W*$|"
        r"\b(?:like|love|want|need|do|did|about|of|with|take|hear|see|know|appreciate|say|said|"
        r"(?:get|got|paid|pay|cover|try|tri|fix|done|use|chang|cancel|return|send|sent|check|explain|"
        r"repeat|understand|forg[eo]t|buy|bought|handl|offer|includ|charg|receiv|confirm|accept)"
        r"(?:e?s|e?d|ing|e)?) that\W*$|"
        r"\b(?:tomorrow|\w+day|you|it|that|later|soon|bye|until|by|back) then\W*$|"
        r"\b(?:course|afraid|why|probably|certainly|definitely|absolutely) not\W*$|"
        # A verb and its particle: "it broke down", "could you turn the music off", "sign in".
        rf"\b(?:{_PHRASAL})(?: [\w']+){{0,3}} "
        r"(?:up|down|off|out|over|back|around|away)\W*$|"
        r"\b(?:go|going|went|get|got|put|run|ran)(?: \w+){0,3} through\W*$|"
        r"\b(?:going|goes|went|come|came|comes|carry|move|hold|what's) on\W*$|"
        r"\bget (?:me|us|it|you|them) in\W*$|\bthink of\W*$|"
        r"\b(?:happens?|happened|do|does|comes?|goes|go|is|what's|up) next\W*$|"
        r"^(?:is|are|was|were) (?:[\w']+ ){1,3}(?:in|on|near)\W*$|"
        r"\b(?:turn|switch|log|sign)(?:s|ed|ing|ging|ged|ning)?(?: \w+){0,3} (?:in|on)\W*$|"
        r"\bcheck(?:s|ed|ing)?(?: \w+){0,3} in\W*$|"
        # The end of a question: "who am I speaking to", "what is it for".
        r"^(?:\w+ ){0,2}(?:who|whom)(?:'s)?(?: [\w']+){2,5} (?:to|with|for|from|about)\W*$|"
        r"^(?:\w+ ){0,2}what(?:'s| is| was| are) (?:it|this|that|these|they)(?: all| made)? "
        r"(?:for|about|from|like|of)\W*$|"
        r"^(?:\w+ ){0,2}where (?:are|is|do|does)(?: [\w']+){1,3} (?:from|at)\W*$|"
        # A question within a sentence: "I don't know where it is".
        r"\b(?:what|where|who|how|why|which)(?: \w+){0,3} (?:it|he|she|they|that|this|those) "
        r"(?:is|are|was|were)(?: (?:for|about|from|like|called))?\W*$|"
        # And a clause whose object stands before it: "the one I was looking for", "all I need".
        r"\b(?:all|everything|what|anything|nothing|something|the one) (?:i|you|we|they) "
        r"(?:need|want|have|had|got|do|did|can|could)\W*$|"
        r"\b(?:one|what|who|all|everything|something|nothing|anything|thing)(?: \w+){0,2} "
        r"(?:i|you|we|they|he|she)(?:'m|'re|'s|'ve|'d)?(?: \w+){0,3} "
        r"(?:(?:looking|waiting|asking|asked|hoping|paid|paying|came) for|"
        r"(?:told|asked) (?:you|me|him|her) (?:about|for)|"
        r"(?:talking|asking|calling|thinking|worried) about|thinking of)\W*$|"
        r"\bwho (?:i|we|you) \w+(?: \w+)? (?:to|with|for|about|from)\W*$|"
        r"\b(?:week|day|month|year|one|weekend|morning|evening) (?:after|before)\W*$|"
        r"\b(?:in|of|until|by|since|next|last|this|late|early|mid|\d(?:st|nd|rd|th)?|first|third) "
        r"may\W*$"
    ),
    half_ends=re.compile(
        r"\b(?:can|could|would|will|may) (?:you|i|we)(?: also| maybe| just| then)? please\W*$|"
        r"\bi(?:'d| would)(?: also| really)? (?:prefer|love|rather|need|have|take|like)\W*$|"
        # "The place is called", but for "I don't know what it's called".
        r"^(?!.*\bwhat(?: [\w']+){1,5} called\W*$).*\b(?:it's|is|was|he's|she's|are) called\W*$|"
        # Verbs that say nothing without what comes behind them.
        r"^(?!.*\b(?:what|which|who|that|all)\b).*\b(?:includes?|contains?|mentions?|requires?|"
        r"buy|purchase|bring|regards|concerns)\W*$|"
        r"\bthe (?:way|fact|reason|thing is|problem is|question is)\W*$|"
        # A subject without its verb: "is the pool", "what time does the store"; half a time of day.
        rf"^{_LEADS}(?:is|are|was|were|can|could|will|would|should) {_OWNED} [\w'-]++\W*+$|"
        rf"\b(?:do|does|did|if|whether|because|when) {_OWNED} [\w'-]++\W*+$|"
        r"\b(?:half|quarter) (?:past|to)\W*$|"
        # Half of a pair: "either Monday", "between nine".
        r"\beither (?!(?:[\w'-]+ )?(?:is|are|one|way|works?|of|would|will|side|day|time|sounds)\b)"
        r"(?!.*\bor\b)[^.!?]++\W*+$|"
        # "Between jobs" is whole.
        rf"\bbetween (?:about |around )?{_ONE_OF_TWO}(?:[ :.-]{_ONE_OF_TWO})*+\W*+$|"
        r"\bnot only\b(?!.*\bbut\b)[^.!?]++\W*+$|"
        # What the caller is going to say, or to ask for.
        rf"^{_LEADS}i (?:was (?:just )?wondering|guess|think|believe|suppose|wonder)\W*$|"
        rf"^{_LEADS}(?:actually|sorry|excuse me|listen|look|by the way|first of all|honestly|"
        r"to be honest|anyway|as far as i (?:know|can tell)|let's say|that's why|either way|"
        r"in fact|for example|in other words|in that case)\W*$|"
        r"\bhow (?:much|long|soon|often) (?:would|does|will|did|do|can|could) "
        r"(?:it|that|this|they|you|we|i)\W*$|"
        r"\b(?:do|can|are|will|could|would|have|did) you guys\W*$|"
        rf"^{_LEADS}(?:does|do|did|would|will) (?:it|that|this|they) "
        r"(?:include|cover|mean|need|require)\W*$|"
        r"\b(?:is there (?:any|a) way|(?:is|was|would) it (?:be )?possible)\W*$|"
        r"^(?!.*\b(?:how|what|which)\b).*\b(?:it|that|this) (?:would|will|should|could|might) "
        r"(?:take|cost|need|be)\W*$|"
        r"\bi (?:don't|didn't|can't) really\W*$|\b(?:thinking|thought|was) maybe\W*$|"
        r"\b(?:can|could|would) you (?:please )?(?:tell|show|give|send) me\W*$|"
        r"\bi(?:'d| would) like to (?:know|ask|say|tell you|talk about)\W*$|"
        # But for "that's all I wanted to know".
        r"(?<!all )(?<!what )(?<!else )\bi (?:want|wanted|need|needed) to "
        r"(?:know|ask|say|tell you|talk about)\W*$|"
        r"^(?!.*\bhow\b).*\b(?:(?:it's|is|that's) (?:spelled|spelt|written)|spelled)\W*$|"
        r"\b(?:on|for|until|by|of|since|from|after) (?:next|last|this|the same|early|late|mid)\W*$|"
        # What somebody has said, but for "that's what she said", "as I said".
        r"^(?!.*\b(?:what|as|like|already|just|so|everything|all|that|which|not|nothing|than)\b"
        r".{0,25}$).*\b(?:said|says|told (?:me|us|him|her)|asked (?:me|us)|tells me)\W*$"
    ),
    half_things=re.compile(
        r"\b(?:a|an|another|my|our|your|some) (?:new|different|quick|nice|good|private|used|broken)"
        r"\W*$"
    ),
    conditions=re.compile(
        rf"^{_LEADS}(?:if|when|since|although|while|unless|whenever|as soon as|as long as) "
        r"(?:i|we|he|she|they|the|my|our|there)\b"
        r"(?!.*(?:\b(?:i|we|you|he|she|they|it|that|there)(?:'\w+)?\b|"
        r"\bthe \w+ (?:is|was|are|were|has|had)\b|"
        # A second sentence, without its comma: "when I start the car the engine light".
        rf"\b{_OWNED} [\w'-]{{1,30}} (?:{_OWNED}|all|everything|nothing|can|could|do|does|will|"
        r"would|what|how|is|are) |[,?])).*$"
    ),
    acknowledges=words("all that's it's sounds oh ah wow cool nice lovely then thing"),
    closings=phrases(
        "thanks, thank you, goodbye, bye, bye bye, please, that's all, that's it, "
        "that is all, that is it, nothing else, right, correct, stop, cancel, help, repeat, "
        "repeat that, say that again, say it again, operator, representative, "
        "is that right, is that okay, think so, hope so, guess so, believe so, suppose so, "
        "as well, very well, have a nice day, o'clock, a.m, p.m"
    ),
    greetings=words("hello hi hey good morning afternoon evening there yes yeah okay oh so"),
    dates=words(
        "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays "
        "thursdays fridays saturdays sundays january february march april june july august "
        "september october november december today tomorrow tonight morning afternoon evening "
        "noon midday midnight week weeks weekend mornings afternoons evenings o'clock am pm a.m p.m"
    ),
    half_days=words("am pm"),
    given_names=_GIVEN_NAMES,
    before_last_name=words("mr mrs ms miss"),
    kin=words(
        "daughter son wife husband mother father mom mum dad boss brother sister friend child "
        "kid colleague company here speaking doctor professor dr prof sir ma'am madam "
        "mr mrs ms miss called"
    ),
    roads=words(
        "street st avenue ave road rd lane ln drive dr boulevard blvd court ct square place way "
        "crescent close terrace highway parkway"
    ),
    and_word="and",
    leads_to_name=re.compile(
        r"\b(?:first|last|given|family|middle|his|her|their|our|[a-z]{1,20}'s) name\b|"
        r"\b(?:surname|name of)\b"
    ),
    last_name=re.compile(r"last|family|surname"),
    corrections=words("no sorry wait actually wrong correction rather"),
    refusals=words("no not none nothing don't dunno haven't can't cannot never why what"),
    digits=_DIGITS,
    tens=words(_TENS),
    repeats={"double": 2, "triple": 3, "treble": 3},
    alphabet=NATO | words("zed dash hyphen underscore capital"),
    compares=words("as in like for"),
    at_sign=words("at @"),
    dot=words("dot"),
    says={
        Question.EMAIL: re.compile(
            r"\be-?mail(?: address)?(?: is\b|'s\b| would be\b|:)|\bmy e-?mail(?: address)?\W*$"
        ),
        Question.TELEPHONE: re.compile(
            rf"\b(?:{_TELEPHONE})\b.{{0,60}}\b(?:is|at|on)\b|\bmy number(?: is|'s)\b"
        ),
        Question.NUMBER: re.compile(
            r"\b(?:number|code|reference|id|pin)(?: number)?(?: is\b|'s\b|:)|"
            # "And my order number"; "I lost the number", "call this number" announce none.
            r"(?:^|\b(?:and|with|under|it's|is|yes|sure|okay) )(?:(?:the|my|our) )?(?:\w+ ){0,2}"
            r"(?:number|code|reference|id|pin)\W*$"
        ),
        Question.ADDRESS: re.compile(r"\baddress is\b|\baddress:"),
        Question.NAME: re.compile(r"\b(?:name is|name's|my name(?! is|'s))\b"),
    },
    asked={
        Question.SPELLING: re.compile(r"\bspell"),
        Question.EMAIL: re.compile(r"\be-?mail\b"),
        Question.TELEPHONE: re.compile(
            r"\b(?:phone|telephone|mobile|cell|callback|contact|call-back)\b.{0,60}\bnumber\b|\bnumber\b.{0,60}"
            r"\b(?:reach|call|phone)\b|\bphone\b|\bwhat(?:'s| is) (?:your|the best) number\b|"
            r"\b(?:good|best|daytime|evening) number\b"
        ),
        Question.POSTAL_CODE: re.compile(r"\b(?:zip|postal|post) ?code\b|\bpostcode\b|\bzip\b"),
        Question.ADDRESS: re.compile(
            r"\baddress\b|\bwhere do you live\b|\bwhere (?:should|shall|can|do) (?:i|we) "
            r"(?:send|deliver|ship|mail|come|pick)|\bstreet\b"
        ),
        Question.LIST: re.compile(
            r"\b(?:like|want|wish) to (?:order|eat|drink|buy)\b|\b(?:your|the) order\?|"
            r"\bcan (?:i|we) get (?:for )?you\b|\bwhich (?:items|dishes|products|articles)\b"
        ),
        Question.AMOUNT: re.compile(r"\bhow (?:many|much|old|long|often|big|far)\b|\bmileage\b"),
        Question.BIRTH: re.compile(r"\bborn\b|\bdate of birth\b|\bbirthday\b"),
        Question.NUMBER: re.compile(
            r"\bnumber\b|\b(?:code|reference|pin|digits|vin|iban)\b|\border id\b"
        ),
        Question.NAME: re.compile(
            r"\bname\b|\bwho(?:'s| is| am i)\b.{0,60}\b(?:calling|speaking|with|for)\b|"
            r"\bwho should i\b"
        ),
        Question.DATE: re.compile(
            r"\bwhen\b|\bwhat (?:day|date|time|month)\b|\bwhich (?:day|date|time|month)\b|"
            r"\b(?:day|date|time) (?:works|suits|would)\b"
        ),
        # "Which problem do you have" is answered with a sentence.
        Question.CHOICE: re.compile(
            r"\bwhich\b(?! (?:[\w'-]+ ){0,2}(?:problem|issue|question|service|concern|reason|"
            r"matter|topic|request|symptom|complaint|trouble|error|fault|difficulty|difficultie)s?\b)"
        ),
    },
    yes_no_question=re.compile(
        r"(?:^|[,;:] |\band |\bso |\bbut |\bor )(?:do|does|did|is|are|was|were|have|has|will|would|"
        r"should|shall|can|could|may|isn't|aren't|don't|anything else|how about)\b|"
        r"(?:^|[,;:] )(?:right|correct|okay|yes)\W*$"  # behind what is asked for: "at nine, right?"
    ),
    request=re.compile(
        r"\b(?:can|could|may|might) (?:i|we|you)(?: please| also| just)* (?:have|get|take|ask|give|"
        r"tell|spell|say|share|provide|repeat|enter|know|confirm your|help|read|"
        r"describe|explain)\b|"
        r"\bwould you(?: please| mind)* (?:giv|tell|spell|shar|provid|repeat|say)|"
        r"\bdo you (?:know|remember) (?:your|the|when|what|which)\b|"
        r"^(?:what|how(?! about)|who|when|where|which)"
    ),
    tell_me=re.compile(
        r"\b(?:please|tell me|give me|let me know|i(?:'ll| will)? (?:just )?need|go ahead)\b|"
        r"^(?:say|spell|enter|type)\b"
    ),
    prepositions=words("in on by under near after before"),
    year=re.compile(r"\b(?:18|19|20)\d\d\b"),
    either=" or ",
    region="US",
    trunk_region="GB",
    postal_code=5,
    has_code_first=False,
    months=words(
        "january february march april may june july august september october november december"
    ),
    ordinals=words(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
        "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth "
        "thirtieth"
    ),
    answers=phrases(
        "it is, it isn't, it does, it doesn't, i am, i'm not, i do, i don't, we are, we do, "
        "not really, not at all, not quite, not yet, not sure, uh huh, uh-huh, mm-hmm, mm hmm, "
        "mhm, mmhmm, just me, i guess, i guess so, for sure, sounds good, that works, "
        "works for me, probably, maybe, totally, not that i know of, "
        "right now, now, any time, anytime, as soon as possible, no idea, please do, "
        "go ahead, all of it, all of them"
    ),
    part_fillers=words("wait well"),
    before_part_filler=words("feel feeling feels going goes works sleep doing went long please"),
    askers=words("who whom whose what what's when where where's why which how"),
    articles=words("the a an my your our their every and because"),
    joins=words("and then"),
    takes_object=words("have get got need want any some take bring buy"),
    separators=words("dash hyphen slash"),
)
