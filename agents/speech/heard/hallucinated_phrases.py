"""What recognisers write when there was no speech, by language: data of `hallucinations`.

Learned from the ends of films and videos, these come for noise, breath and silence. In lower case,
without punctuation, one space between words.
"""

from typing import Final

# Whatever the agent's language: a text with one of these in it.
MARKS: Final = (
    "amara org", "castingwords", "otter ai", "mooji org", "btistudios", "dimatorzok",
    "authorwave", "subtitles by", "subtitled by", "captions by", "captioned by",
    "closed captioning", "transcription by", "transcribed by", "for watching",
    "for listening to this", "please subscribe", "like and subscribe", "subscribe to my",
    "subscribe to our", "subscribe to the", "next video", "untertitel", "fürs zuschauen",
    "für s zuschauen", "für das zuschauen", "fürs zuhören", "kanal abonnieren", "zdf für funk",
    "wdr mediagroup", "sous titr", "sous titres", "regardé cette vidéo", "d avoir regardé",
    "abonnez vous", "prochaine vidéo", "subtítulos", "subtitulado", "por ver el video",
    "por ver el vídeo", "suscríbete", "suscribete", "próximo video", "sottotitoli",
    "per aver guardato", "per la visione", "iscriviti al canale", "iscrivetevi", "legendas",
    "legendado", "por assistir", "inscreva se", "ondertiteling", "ondertitels", "ondertiteld",
    "voor het kijken", "abonneer", "napisy stworzone", "napisy by", "za oglądanie", "za uwagę",
    "subskrybuj", "продолжение следует", "субтитр", "за просмотр", "подписывайтесь",
    "подпишитесь", "редактор субтитров", "за перегляд", "підписуйтесь", "izlediğiniz için",
    "abone ol", "altyazı", "undertext", "textning", "att ni tittade", "danske tekster",
    "tak for at se", "teksting av", "tekstitys", "kiitos kun katsoit", "titulky", "za sledování",
    "za pozornost", "feliratok", "hogy megnézt", "pentru vizionare", "υπότιτλοι", "ευχαριστώ που",
    "terima kasih telah menonton", "hãy subscribe", "đã theo dõi", "đăng ký kênh", "ご視聴",
    "チャンネル登録", "字幕", "谢谢观看", "感谢观看", "謝謝觀看", "感謝觀看", "点赞", "點贊",
    "订阅", "訂閱", "独播剧场", "獨播劇場", "시청해", "구독", "자막", "뉴스 이덕영",
    "ترجمة نانسي", "اشتركوا في القناة", "شكرا للمشاهدة", "תודה על הצפייה", "सब्सक्राइब",
    "transcribe the audio", "tuning in", "forget to subscribe", "hit the bell", "emily beynon",
    "eso translated", "undertekster av", "subtítols", "titlovi", "prijevod i", "hvala što pratite",
    "hvala na gledanju", "podnapisi", "za sledovanie", "за гледането", "για την παρακολούθηση",
    "תורגם על", "زیرنویس", "cảm ơn các bạn đã", "jangan lupa", "pentru atenție",
    "ačiū už dėmesį", "paldies par skatīšanos", "tänan vaatamast", "subtiitrid",
    "takk fyrir að horfa", "tak fordi du så", "kiitos katsomisesta", "gràcies per veure",
    "beadaholique", "pissedconsumer", "bf watch tv", "zeoranger", "transcribe this audio",
    "beim zuschauen", "abonniert meinen", "abonniert den kanal", "live untertitelt",
    "sous titreur", "soustitreur", "sous titrage", "sous titres", "d avoir regardé",
    "www alimmenta com", "nos vemos en el próximo", "legenda adriana", "tv gelderland",
    "za obejrzenie", "astronarium pl", "hradeckesluzby", "betimlemesi",
    "продолжение в следующей", "динамичная музыка", "спокойная музыка", "тревожная музыка",
    "明镜与点点", "下集再见", "下集再見", "次回予告", "다음 영상에서", "mbc 뉴스 이덕영",
    "att du tittade", "tittat på den här", "du så med", "danske tekster af", "tekster af nicolai",
    "scandinavian text service", "undertekster", "at du så på", "suomennos", "bti studios",
    "iratkozz fel", "iratkozzatok fel", "like și subscribe", "να εγγραφείτε",
    "देखने के लिए धन्यवाद", "תודה שצפיתם", "la la school", "ghiền mì gõ",
    "terima kasih sudah menonton", "ขอบคุณที่รับชม", "โปรดติดตามตอนต่อไป", "คำบรรยาย",
)  # fmt: skip

# Whatever the agent's language: these and nothing else.
ALONE: Final = frozenset(
    {
        "you", "to be continued", "the end", "thats all", "that s all for now",
        "see you next time", "see you in the next one", "see you in the next",
        "ill see you next time", "ill see you guys", "i ll see you next time",
        "thank you for your attention", "thanks for listening", "thank you for listening",
        "bon appétit", "bell rings", "copyright", "all rights reserved",
        "vielen dank für ihre aufmerksamkeit", "vielen dank für die aufmerksamkeit",
        "das war s für heute", "das wars für heute", "bis zum nächsten mal",
        "bis zum nächsten video", "swr 2020", "swr 2021", "wdr 2020", "wdr 2021",
        "copyright wdr 2021", "zdf 2020", "à la prochaine", "merci de votre attention",
        "hasta la próxima", "hasta el próximo video", "alla prossima", "até a próxima",
        "tot de volgende keer", "do zobaczenia", "до новых встреч", "спасибо за внимание",
        "дякую за увагу", "中文字幕", "請不吝", "mbc 뉴스", "mbc news", "copyright wdr",
        "lass ein like da", "eine produktion von", "ming pao canada",
    }
)  # fmt: skip

# What people do say, too: these and nothing else, and only without a voice in the sound.
# No word for yes or no is among them: a whispered answer is worth more than a phantom.
SAID_TOO: Final = {
    "en": frozenset(
        {
            "bye", "bye bye", "goodbye", "good bye", "good night", "thank you",
            "thank you very much", "thank you so much", "thanks", "okay", "ok", "oh", "yeah",
            "hmm", "mm", "mhm", "mm hmm", "uh", "um", "uh huh", "huh", "ah", "so", "peace",
            "see you", "see you later", "amen", "wow", "all right", "alright", "shh", "come on",
            "music", "applause", "silence",
        }
    ),
    "de": frozenset(
        {
            "danke", "danke schön", "dankeschön", "vielen dank", "tschüss", "tschüs", "ciao",
            "okay", "ok", "mhm", "hm", "hmm", "äh", "ähm", "ach", "oh", "so", "na",
            "auf wiedersehen", "auf wiederhören", "wiedersehen", "wiederhören", "bis bald",
            "bis dann", "bis später", "musik", "applaus", "amen", "gute nacht",
        }
    ),
    "fr": frozenset(
        {
            "merci", "merci beaucoup", "au revoir", "ah", "oh", "euh", "hum", "ok", "d accord",
            "à bientôt", "ciao", "musique",
        }
    ),
    "es": frozenset(
        {
            "gracias", "muchas gracias", "adiós", "adios", "chao", "ah", "eh", "hasta luego",
            "ok", "música", "amén",
        }
    ),
    "it": frozenset(
        {
            "grazie", "grazie mille", "ciao", "arrivederci", "ah", "eh", "ok",
        }
    ),
    "pt": frozenset(
        {
            "obrigado", "obrigada", "tchau", "ah", "ok", "amém",
        }
    ),
    "nl": frozenset(
        {
            "dank je", "dank u", "dank u wel", "bedankt", "doei", "oké", "hm",
        }
    ),
    "pl": frozenset(
        {
            "dziękuję", "dzięki", "pa", "do widzenia", "hm",
        }
    ),
    "ru": frozenset(
        {
            "спасибо", "пока", "до свидания", "угу", "ага",
        }
    ),
    "uk": frozenset(
        {
            "дякую", "бувай", "до побачення", "ага",
        }
    ),
    "tr": frozenset(
        {
            "teşekkürler", "teşekkür ederim", "görüşürüz", "hoşça kal",
        }
    ),
    "sv": frozenset(
        {
            "tack", "tack så mycket", "hej då", "mm",
        }
    ),
    "da": frozenset(
        {
            "farvel", "mm",
        }
    ),
    "nb": frozenset(
        {
            "takk", "ha det", "mm",
        }
    ),
    "fi": frozenset(
        {
            "kiitos", "hei hei", "mm",
        }
    ),
    "cs": frozenset(
        {
            "děkuji", "díky", "nashledanou",
        }
    ),
    "hu": frozenset(
        {
            "köszönöm", "köszi", "viszlát",
        }
    ),
    "ro": frozenset(
        {
            "mulțumesc", "la revedere", "pa",
        }
    ),
    "el": frozenset(
        {
            "ευχαριστώ", "αντίο", "γεια",
        }
    ),
    "ja": frozenset(
        {
            "ありがとうございました", "ありがとうございます", "おやすみなさい", "うん",
        }
    ),
    "zh": frozenset(
        {
            "谢谢", "謝謝", "谢谢大家", "再见", "再見", "嗯",
        }
    ),
    "ko": frozenset(
        {
            "감사합니다", "고맙습니다", "안녕히 계세요", "음",
        }
    ),
    "ar": frozenset(
        {
            "شكرا", "مع السلامة",
        }
    ),
    "hi": frozenset(
        {
            "धन्यवाद", "शुक्रिया",
        }
    ),
}  # fmt: skip

# How the letters of a script are named in Unicode, by language; Latin where none is named.
SCRIPTS: Final = {
    "ru": ("CYRILLIC",), "uk": ("CYRILLIC",), "be": ("CYRILLIC",), "bg": ("CYRILLIC",),
    "mk": ("CYRILLIC",), "sr": ("CYRILLIC", "LATIN"), "kk": ("CYRILLIC",), "mn": ("CYRILLIC",),
    "el": ("GREEK",), "he": ("HEBREW",), "yi": ("HEBREW",), "ar": ("ARABIC",), "fa": ("ARABIC",),
    "ur": ("ARABIC",), "ps": ("ARABIC",), "hi": ("DEVANAGARI",), "mr": ("DEVANAGARI",),
    "ne": ("DEVANAGARI",), "bn": ("BENGALI",), "ta": ("TAMIL",), "te": ("TELUGU",),
    "kn": ("KANNADA",), "ml": ("MALAYALAM",), "gu": ("GUJARATI",), "pa": ("GURMUKHI", "ARABIC"),
    "th": ("THAI",), "lo": ("LAO",), "km": ("KHMER",), "my": ("MYANMAR",), "ka": ("GEORGIAN",),
    "hy": ("ARMENIAN",), "am": ("ETHIOPIC",), "si": ("SINHALA",),
    "ja": ("HIRAGANA", "KATAKANA", "CJK", "FULLWIDTH", "HALFWIDTH"),
    "zh": ("CJK", "FULLWIDTH"), "yue": ("CJK", "FULLWIDTH"), "ko": ("HANGUL", "CJK"),
}  # fmt: skip
