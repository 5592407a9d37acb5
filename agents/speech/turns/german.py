"""German words and patterns that tell whether a turn is over."""

import re
from typing import Final

from agents.speech.turns.german_numbers import DIGITS, ORDINALS
from agents.speech.turns.words import NATO, Question, TurnWords, phrases, words

# Stems of verbs whose particle ends a sentence.
_SEPARABLE: Final = (
    "ruf|hol|komm|geh|mach|schalt|nehm|nimm|geb|gib|fang|fäng|bring|sag|meld|schick|schließ|schau|"
    "spring|lauf|läuf|fall|fäll|lad|läd|lehn|weis|biet|hör|pass|seh|sieh|stell|zieh|fahr|fähr|leg|"
    "brech|bricht|probier|bau|schreib|lass|lässt|werf|wirf|füll|schneid|gieß|zahl|reis|treff|triff"
)
_LAST_VERBS: Final = (
    "ist|sind|bin|war|waren|wäre|hat|haben|habe|hab|hatte|hätte|kann|können|könnte|muss|müssen|"
    "müsste|soll|sollte|sollen|will|wollen|möchte|möchten|darf|dürfte|würde|wird|werde|werden|"
    "heiße|heißt|wohne"
)
# "Können Sie Englisch": what one can without a verb.
_TONGUES: Final = (
    r"(?:deutsch|englisch|französisch|italienisch|spanisch|türkisch|polnisch|russisch|arabisch|"
    r"ukrainisch|kroatisch|serbisch|rumänisch|portugiesisch|niederländisch|griechisch)"
)
# The beginning of a clause that ends with its verb: "ob Sie offen ...", "was das ...".
_CLAUSE: Final = (
    r"(?:(?:dass|ob|weil|damit) [\w-]+|wo|was|wie(?! gesagt)|wer|wen|wem|wann|warum|welche[rsnm]?)"
    r"(?: [\w-]+){1,8}"
)
_GIVEN_NAMES: Final = words(
    "anna lena marie maria sophie sophia laura julia lisa sarah hannah hanna emma mia lea lara "
    "johanna katharina christina christine sabine petra monika andrea susanne claudia martina "
    "stefanie nicole karin ute birgit heike ingrid helga renate ursula eva elisabeth charlotte "
    "clara greta frieda ida paula amelie nele jana karl-heinz hans karl heinz jürgen klaus dieter "
    "manfred wolfgang helmut gerhard horst uwe bernd rainer jonas lukas leon finn noah elias felix "
    "maximilian tobias andreas thomas michael stefan christian matthias markus sebastian florian "
    "johannes jan tim niklas moritz philipp daniel alexander emil anton oskar jakob mehmet mustafa "
    "ayşe fatma"
)

_LEADS: Final = r"(?:(?:äh|ähm|also|und|aber|ja|okay|gut|genau|hallo|nun|na) )*"

GERMAN: Final = TurnWords(
    connectives=words(
        "und aber weil oder denn dass wenn ob damit obwohl während bevor nachdem sobald falls "
        "sondern sowie sowohl dann außerdem nämlich deshalb beziehungsweise bzw wo wie welche "
        "welcher welches welchem welchen deren dessen denen"
    ),
    fillers=phrases(
        "äh, ähm, ehm, eh, öh, öhm, hm, hmm, mh, tja, na ja, naja, also, sagen wir, "
        "sagen wir mal, sag ich mal, wie sagt man, wie heißt das, moment, moment mal, "
        "einen moment, sekunde, eine sekunde, augenblick, warten sie, warte, "
        "lassen sie mich überlegen, mal sehen, mal schauen, quasi, sozusagen, wissen sie, "
        "uh, um, einen moment bitte, moment bitte, einen augenblick, augenblick bitte, "
        "einen augenblick bitte, eine sekunde bitte, sekunde bitte, ich schaue mal, "
        "ich schau mal, ich hab's gleich, warten sie mal, wie soll ich sagen, "
        "wie heißt das noch, wo ist es, wo war das, beziehungsweise, oder besser"
    ),
    open_words=words(
        "der die den dem des ein eine einen einem einer eines mein meine meinen meinem meiner "
        "ihr ihre ihren unser unsere unseren sein seine dieser diese diesen diesem jeder jede "
        "jeden kein keinen zum zur vom beim ins im am von für ohne gegen seit bis wegen ich "
        "wir sehr ungefähr etwa circa herr frau doktor professor in bei neben hinter zwischen "
        "außer trotz statt anstatt laut innerhalb außerhalb bezüglich hinsichtlich "
        "aufgrund pro mittels gemäß samt mehrere einige"
    ),
    # A verb ends a subordinate clause, and a particle belongs to a verb: "ich rufe wieder an".
    perhaps_open=words(
        "an auf aus zu mit bei nach vor in um durch über unter ab das er sie es man haben hat kann "
        "können noch auch nicht ist sind bin war waren wäre habe hab hätte möchte möchten will "
        "wollte würde muss müsste soll sollte darf dürfte könnte werde heiße lautet wohne ganz"
    ),
    openers=words(
        "wer wen wem was wann wo wohin woher warum wieso weshalb wie wieviel welche welcher "
        "welches welchen ist sind kann können könnten könnte haben hat hätten habt gibt darf "
        "dürfte möchten wollen soll geht machen macht bieten nehmen wird werden war wissen "
        "müssen muss"
    ),
    subjects=words("ich wir du er sie es das man ihr bitte nichts alles"),
    yes=words(
        "ja jawohl jo jep okay ok genau richtig stimmt gut gerne gern klar sicher natürlich "
        "selbstverständlich freilich passt korrekt super prima perfekt doch einverstanden "
        "absolut beides"
    ),
    no=words("nein nee nö nope niemals nie falsch keine weder"),
    whole_ends=re.compile(
        r"^(?:ja|jo|nein|doch|klar)\b.{0,20}\b(?:(?:das|es|ich|er|sie|wir) "
        r"(?:ist|sind|bin|war|waren)|(?:ist|sind|bin|war|waren) (?:das|es|ich|er|sie|wir))\W*$|"
        # A verb and its particle: "ich hole es morgen ab", "das Licht geht nicht an".
        rf"\b(?:{_SEPARABLE})\w{{0,4}}(?: \w+){{1,8}} "
        r"(?:an|ab|auf|(?<!so )ein|los|fest|vorbei|zurück)\W*$|"
        r"\b(?:mach|schließ|geh|schalt|sieh|seh|stell|druck)\w{0,3}(?: \w+){1,6} (?:zu|aus)\W*$|"
        rf"\b{_CLAUSE} (?:{_LAST_VERBS})\W*$|"
        r"\b(?:ist|sind|war|habe|kann|gesprochen|gesehen|bestellt|gekauft),? (?:der|die|das|den) "
        rf"(?:[\w-]+ ){{1,6}}(?:{_LAST_VERBS})\W*$|"
        r"\b(?:mit|von|bei|für|an|über|auf|zu) (?:der|dem|den|die|das) (?:ich|wir|er|sie|es|man)"
        rf"(?: [\w-]+){{0,6}} (?:{_LAST_VERBS})\W*$|"
        r"\b(?:ist|sind|war|waren)(?: \w+){0,2} (?:aus|weg|vorbei|um|los)\W*$|"
        r"\b(?:läuft|lief|fällt|fiel|geht|ging|hört|hörte) (?:aus|auf|ab|los|ein)\W*$|"
        r"\b(?:kann|könnte|muss|müsste|soll|sollte|darf|wird|würde|da|nicht)(?: \w+){0,6} sein\W*$|"
        r"\b(?:kann|können|darf|will|weiß)(?: \w+){1,4} nicht\W*$|"
        rf"\b(?:kann|können|könnten)(?: [\w-]+){{1,3}} {_TONGUES}\W*$|"
        r"\b(?:brauche|weiß|will|möchte|habe|mag|glaube|verstehe) ich(?: \w+)? nicht\W*$|"
        r"\b(?:es|das|ich|sie|er|wir|man|bis) dann\W*$|"
        r"\b(?:leider|doch|gar|noch|überhaupt|auch|geht|gehen|funktioniert|klappt|stimmt|passt|"
        r"reicht|kommt|kenne|verstehe|glaube|brauche|finde|denke|das|es|mehr) nicht\W*$"
    ),
    half_ends=re.compile(
        # Half of a pair: "entweder am Montag", "zwischen neun".
        r"\bentweder\b(?!.*\boder\b)[^.!?]*+\W*+$|\bsowohl\b(?!.*\bals\b)[^.!?]*+\W*+$|"
        # But for "zwischen den Feiertagen".
        r"\bzwischen (?!(?:den|meinen|deinen|seinen|ihren|unseren|diesen|uns|ihnen|denen|beiden)\b)"
        r"(?!.*\bund\b)[^.!?]++\W*+$|\bnicht nur\b(?!.*\bsondern\b)[^.!?]++\W*+$|"
        # What the caller is going to say, or to ask for.
        rf"^{_LEADS}(?:und zwar|es geht|ich (?:glaube|denke|meine|wollte|rufe an|frage mich)|"
        r"eigentlich|entschuldigung|übrigens|hören sie|passen sie auf|folgendes|"
        r"erstens|zweitens|deswegen|jedenfalls|trotzdem|allerdings|soweit ich weiß|ehrlich gesagt|"
        r"kommt drauf an|es kommt drauf an|sagen wir|es war so|(?:das problem|die sache) ist)\W*$|"
        r"\b(?:mehr|weniger|länger|später|früher) als\W*$|\beine art\W*$|"
        r"\bnicht (?:so )?genau\W*$|\bich (?:habe?|hatte)(?: schon| gerade)? versucht\W*$|"
        r"\b(?:gibt es (?:eine|irgendeine) möglichkeit|(?:wäre|ist) es möglich)\W*$|"
        r"(?!\bwas soll das\W*$)\b(?:was|wann|wo|wie|wie viel|wieviel|wie lange) "
        r"(?:würden?|kann|könnten?|können|muss|soll|sollte|darf) (?:das|es|ich|wir|man|sie)\W*$|"
        r"\b(?:machen|haben|bieten|nehmen|reparieren|verkaufen|führen|gibt es|kann man) "
        r"(?:sie |da |bei ihnen )?auch\W*$|"
        r"^(?!.*\b(?:was|wie|wieviel|solange)\b).*\bes (?:dauert|kostet|braucht)\W*$|"
        r"\b(?:können|könnten|würden) sie(?: mir| uns)?(?: bitte)? (?:sagen|geben|schicken|nennen)"
        r"\W*$|"
        r"\bich (?:wollte|möchte|will|würde gerne?)(?: nur| mal| gern)* "
        r"(?:wissen|fragen|sagen)\W*$|"
        r"^(?!.*\b(?:was|wie|alles|das|die|den|mehr)\b).*\bich (?:brauche|bräuchte|suche|hätte|"
        r"möchte)(?: noch| nur| auch| mal| dringend)*\W*$|"
        r"\b(?:schreibt (?:sich|man)|wird geschrieben)\W*$|"
        r"\b(?:nur|(?<!noch )(?<!erst )mal|eigentlich|sogar|fast|(?<!^ja )(?<!^ja, )ziemlich|"
        r"(?<!nicht )(?<!nicht so )besonders|"
        r"vielleicht|wahrscheinlich|ungefähr)\W*$|"
        r"\b(?:können|könnten|würden|kann|könnte|dürfte|darf) (?:sie|ich|wir|du)"
        r"(?: mir| uns| mich| das| es| ihn| ihm| ihr)* bitte\W*$|"
        r"\bich (?:hätte|möchte|würde|nehme|wollte)(?: dann| noch| auch)? gerne?\W*$|"
        rf"^(?!.*\b{_CLAUSE} heißt\W*$).*\b(?:heißt|nennt sich)\W*$|"
        r"\b(?:am|für|bis|seit|von|ab|im) (?:nächste|letzte|diese)[nrms]?\W*$|"
        # What somebody has said, but for "das hat er gesagt", "wie gesagt".
        r"^(?!.*\b(?:das|wie|schon|bereits|nicht|nichts|alles|es|was|so)\b.{0,25}$).*"
        r"\b(?:steht|sagt|sagte|meint|meinte|gesagt|erzählt|gemeint|geschrieben|hieß es|heißt es)"
        r"\W*$"
    ),
    half_things=re.compile(
        r"\b(?:einen|eine|einem|einer|ein|meine|meinen|ihre|ihren) (?:neu|ander|klein|groß|kurz|"
        r"schnell|bestimmt|weiter|eigen|alt|gut)e[nmrs]?\W*$"
    ),
    conditions=re.compile(
        # "Seit der Operation" says when.
        rf"^{_LEADS}(?:(?:wenn|falls|sobald|nachdem|bevor|obwohl|als|seitdem) "
        r"(?:ich|wir|er|man|der|die|das|mein|meine|unser|unsere)|"
        r"seit (?:ich|wir|er|man|mein|meine|unser|unsere))\b"
        r"(?!.*(?:\b(?:ich|wir|sie|er|es|man|das)\b|[,?])).*$"
    ),
    acknowledges=words("alles das ist in ordnung na ach so oh ah dann toll schön sehr"),
    closings=phrases(
        "danke, danke schön, dankeschön, vielen dank, tschüss, auf wiederhören, "
        "auf wiedersehen, bitte, das war's, das wars, das ist alles, das wäre alles, "
        "ihnen auch, gleichfalls, schönen tag noch, schönes wochenende, immer noch, "
        "sonst nichts, mehr nicht, das war alles, genau, richtig, stimmt, stopp, stop, halt, "
        "abbrechen, nochmal, noch einmal, wiederholen, hilfe, uhr, schönen tag, "
        "nicht ganz, ganz genau"
    ),
    greetings=words("hallo hi hey guten morgen tag abend grüß gott servus moin ja grüezi"),
    dates=words(
        "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag montags dienstags "
        "mittwochs donnerstags freitags samstags sonntags januar februar märz april mai juni juli "
        "august september oktober november dezember heute morgen übermorgen früh vormittag mittag "
        "nachmittag abend vormittags mittags nachmittags abends woche wochen wochenende uhr"
    ),
    half_days=frozenset(),
    given_names=_GIVEN_NAMES,
    before_last_name=words("herr herrn frau"),
    kin=words(
        "tochter sohn mutter vater chef bruder schwester freund freundin kind kollege firma "
        "doktor professor dr prof herr herrn frau mann namen hier spreche spricht"
    ),
    roads=words(
        "straße strasse weg platz allee gasse ring stock stockwerk etage stiege tür erdgeschoss "
        "obergeschoss dachgeschoss hinterhaus vorderhaus seitenflügel wohnung apartment links "
        "rechts"
    ),
    and_word="und",
    leads_to_name=re.compile(r"\b(?:vorname|nachname|familienname|den namen|dem namen)\b"),
    last_name=re.compile(r"nachname|familienname"),
    corrections=words("nein nee sorry entschuldigung moment falsch quatsch korrektur vielmehr"),
    refusals=words("nein nicht nichts kein keine keinen weiß warum wieso was"),
    digits=DIGITS,
    tens=frozenset(),
    repeats={"doppel": 2, "zweimal": 2, "dreimal": 3, "viermal": 4},
    alphabet=NATO
    | words(
        "anton ärger berta cäsar charlotte dora emil friedrich gustav heinrich ida julius kaufmann "
        "konrad ludwig martha nordpol otto ökonom paula quelle samuel siegfried schule theodor "
        "ulrich übermut viktor wilhelm xanthippe ypsilon zacharias zeppelin bindestrich "
        "unterstrich richard josef nathan "
        "aachen berlin chemnitz düsseldorf essen frankfurt goslar hamburg ingelheim "
        "jena köln leipzig münchen nürnberg offenbach potsdam quickborn rostock salzwedel tübingen "
        "unna völklingen wuppertal xanten zwickau"
    ),
    compares=words("wie"),
    at_sign=words("at ät @ klammeraffe"),
    dot=words("punkt dot"),
    says={
        Question.EMAIL: re.compile(
            r"\b(?:e-?mail(?:-?adresse)?|mailadresse)(?: ist\b| lautet\b| wäre\b|:|\W*$)"
        ),
        Question.TELEPHONE: re.compile(
            r"\b(?:telefon|handy|mobil|rückruf)\w*\b.{0,60}\b(?:ist|lautet|unter)\b|"
            r"\bmeine nummer\b|\berreichen sie mich\b"
        ),
        Question.NUMBER: re.compile(
            r"\b\w*(?:nummer|code|kennung|pin)(?: ist\b| lautet\b|:)|"
            # "Und meine Kundennummer"; "ich habe die Nummer verloren" sagt keine an.
            r"(?:^|\b(?:und|mit|unter|das ist|ja|gern|okay) )(?:(?:die|der|meine|meiner|unsere) )?"
            r"\w*(?:nummer|code|kennung|pin)\W*$"
        ),
        Question.ADDRESS: re.compile(r"\b(?:adresse|anschrift) (?:ist|lautet)\b"),
        Question.NAME: re.compile(
            r"\b(?:name ist|heiße|mein name|(?:mann|frau|sohn|tochter|mutter|vater|kind) heißt)\b"
        ),
    },
    asked={
        Question.SPELLING: re.compile(r"\bbuchstabier|\bschreibt (?:man|sich)\b"),
        Question.EMAIL: re.compile(r"\be-?mail|\bmailadresse\b"),
        Question.TELEPHONE: re.compile(
            r"\b(?:telefon|handy|mobil|rückruf|kontakt)\w*nummer\b|\b(?:telefon|handy)\b|"
            r"\bnummer\b.{0,60}\b(?:erreich|zurückruf|anruf)|\bwelcher nummer\b"
        ),
        Question.POSTAL_CODE: re.compile(r"\bpostleitzahl\b|\bplz\b"),
        Question.ADDRESS: re.compile(
            r"\b\w*(?:adresse|anschrift)\b|\bstraße\b|\bwo wohnen sie\b|\bwohin "
            r"(?:sollen|dürfen|können|soll|darf) "
        ),
        Question.LIST: re.compile(
            r"\bwas (?:möchten|wollen|darf|dürfen|hätten|kann|können) .{0,40}"
            r"\b(?:bestellen|essen|trinken|kaufen|sein|bringen)\b|\bihre bestellung\?"
        ),
        Question.AMOUNT: re.compile(r"\bwie ?(?:viele?(?! uhr)|alt|lange|oft|groß|weit)\b"),
        Question.BIRTH: re.compile(r"\bgeboren\b|\bgeburtsdatum\b|\bgeburtstag\b"),
        Question.NUMBER: re.compile(r"nummer\b|\b(?:code|kennung|pin)\b"),
        Question.NAME: re.compile(
            r"\bnamen?\b|\bwie heißen\b|\bmit wem spreche\b|\bfür wen\b|"
            r"\bwer spricht\b"
        ),
        Question.DATE: re.compile(
            r"\bwann\b|\bwelche[rmns]? (?:tag|datum|uhrzeit|zeit|monat|termin)\b|\bwie ?viel uhr\b|"
            r"\bum welche (?:uhr)?zeit\b"
        ),
        # "Welches Problem haben Sie" is answered with a sentence.
        Question.CHOICE: re.compile(
            r"\bwelche[rmns]?\b(?! (?:[\w-]+ ){0,2}(?:problem|anliegen|frage|leistung|grund|gründe|"
            r"thema|beschwerde|symptom|fehler|störung|schwierigkeit|wunsch|wünsche|angelegenheit)"
            r"(?:en|e|n|s)?\b)"
        ),
    },
    yes_no_question=re.compile(
        r"(?:^|[,;:] |\bund |\boder |\baber )(?:möchten|wollen|haben|hätten|sind|ist|soll|sollen|"
        r"darf|kann|können|könnten|passt|stimmt|brauchen|wäre|war|waren|geht|hat|kennen|"
        r"sonst noch|noch etwas|wie wäre)\b|"
        r"(?:^|[,;:] )(?:ja|richtig|korrekt|stimmt's|nicht wahr|einverstanden|okay)\W*$"
    ),
    request=re.compile(
        r"\b(?:können|könnten|würden) sie(?: mir| bitte| noch| kurz)* .{0,60}(?:nennen|sagen|geben|"
        r"buchstabieren|mitteilen|wiederholen|verraten)\b|\bdarf ich(?: noch| bitte| um)* "
        r"(?:ihr|um)|"
        r"\bkann ich(?: noch| bitte)* ihr|\bwie kann ich\b|^w(?:as|ie|ann|er|o|elche|omit)\b"
    ),
    tell_me=re.compile(
        r"\b(?:bitte|nennen|sagen|geben|buchstabieren) (?:sie|mir)?\b|\bich (?:brauche|bräuchte)\b"
    ),
    prepositions=words("mit zu nach vor um durch über unter"),
    year=re.compile(r"\b(?:18|19|20)\d\d\b|\b(?:neunzehnhundert|zweitausend)\w*"),
    either=" oder ",
    region="DE",
    trunk_region="DE",
    postal_code=5,
    has_code_first=True,
    months=words(
        "januar jänner februar feber märz april mai juni juli august september oktober november "
        "dezember"
    ),
    ordinals=ORDINALS,
    answers=phrases(
        "auf keinen fall, auf jeden fall, auf gar keinen fall, eher nicht, eigentlich nicht, "
        "nicht wirklich, noch nicht, so ist es, nur ich, nur wir, mhm, mm-hm, mh-hm, mm-hmm, hmhm, "
        "das ist es, bin ich, ist es, sind wir, haben wir, habe ich, hab ich, kann ich, "
        "möchte ich, will ich, würde ich, glaube nicht, denke schon, glaube schon, "
        "ich denke schon, wahrscheinlich, vielleicht, ich glaube schon, ich glaube ja, "
        "ich glaube nicht, von mir aus, meinetwegen, und ob, egal wann, jetzt gleich, sofort, "
        "so bald wie möglich, keine ahnung, "
        "aber ja, aber sicher, aber nein, aber natürlich, noch nie, nicht mehr, ziemlich, "
        "nicht besonders, nicht so besonders, "
        "nicht dass ich wüsste"
    ),
    part_fillers=words("warte moment sekunde augenblick"),
    before_part_filler=words("im diesem"),
    askers=words(
        "wer wen wem was wann wo wohin woher warum wieso weshalb wie wieviel welche welcher "
        "welches welchen welchem"
    ),
    articles=words(
        "ein eine einen einem einer eines mein meine meinen meinem meiner ihre ihren unsere "
        "unseren dem des zum zur vom beim im am und weil"
    ),
    joins=words("und dann die noch"),
    separators=words("strich bindestrich schrägstrich minus"),
    auxiliaries=words(
        "kann können könnte könnten muss müssen müsste müssten soll sollen sollte sollten darf "
        "dürfen dürfte dürften würde würden"
    ),
    clause_words=words("ob dass weil"),
    directions=words("zum zur nach ins"),
    own_directions=phrases("in die, in den"),
    able=words("kann können könnte könnten"),
    times=words(
        "am um ab bis von vor nach gegen so erst nur auch ganz schon frühestens spätestens immer "
        "wieder jeden nächste nächsten kommende kommenden diese diesen halb viertel uhr da dann"
    ),
    beside_verb=words(
        "nicht weg hin her los rein raus rauf runter auch schon das es dazu dafür mehr mit bitte "
        "danke "
        "so nein zurück vorbei"
    ),
    no_verbs=words(
        "einen meinen deinen seinen ihren unseren keinen diesen jenen denen ihnen morgen wegen "
        "gegen zwischen neben oben unten hinten eben neuen alten ersten zweiten letzten nächsten "
        "ganzen selben anderen gestern heute eine meine ihre seine unsere keine diese jede nicht "
        "bitte jetzt nächste letzte sehr noch schon dann denn wann kein mein sein dein ein den "
        "von in"
    ),
    have=words("habe hab haben hatte hatten"),
    have_subjects=words("ich wir er man"),
    adverbs=words(
        "da hier schon mal gestern vorhin neulich vorgestern bei ihnen euch jetzt gerade eben "
        "leider noch nur am im in um vor letzte letzten letzter diese diesen der dem einem jahr "
        "monat mich mir uns"
    ),
)
