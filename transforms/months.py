"""Names of months, weekdays and time zones, as dates in nine languages use them.

English, Italian, German, French, Spanish, Portuguese, Dutch, Polish and Russian; folded by
`fold`. Checked against CLDR: no name means two months within these languages.
"""

import unicodedata
from typing import Final

_NAMES: Final = """
1 janner jan january januar januari janv janvier janeiro gen gennaio ene enero sty styczen stycznia
1 янв январь января
2 feb february februar februari febr febbraio fev fevr fevrier fevereiro febrero lut luty lutego
2 фев февр февраль февраля
3 mar march marz maerz mrz maart mrt mars marzo marco marzec marca
3 мар март марта
4 apr april aprile avr avril abr abril kwi kwiecien kwietnia
4 апр апрель апреля
5 may mai maggio mag mayo maio mei maj maja
5 маи мая
6 jun june juni giu giugno juin junio junho cze czerwiec czerwca
6 июн июнь июня
7 jul july juli lug luglio juil juillet juill julio julho lip lipiec lipca
7 июл июль июля
8 aug august augustus ago agosto aout sie sierpien sierpnia
8 авг август августа
9 sep sept september set sett settembre septembre septiembre setiembre setembro wrz wrzesien
9 wrzesnia
9 сен сент сентябрь сентября
10 oct october okt oktober ott ottobre octobre octubre out outubro paz pazdziernik pazdziernika
10 окт октябрь октября
11 nov november novembre noviembre novembro lis listopad listopada
11 ноя нояб ноябрь ноября
12 dec december dez dezember dic dicembre decembre diciembre dezembro gru grudzien grudnia
12 дек декабрь декабря
"""
MONTHS: Final[dict[str, int]] = {
    name: int(number)
    for number, *names in map(str.split, _NAMES.strip().splitlines())
    for name in names
}
# Polish for July and November, Croatian for June and October (there the day carries a dot).
TWO_FACED: Final = frozenset({"lip", "lis", "listopad", "listopada"})

# Words that may stand in a date and say nothing about it.
_FILLERS: Final = """
sun sunday mon monday tue tues tuesday wed weds wednesday thu thur thurs thursday fri friday sat
saturday
lun lunedi mar martedi mer mercoledi gio giovedi ven venerdi sab sabato dom domenica
so sonntag mo montag di dienstag mi mittwoch do donnerstag fr freitag sa samstag sonnabend
dim dimanche lundi mardi mercredi jeu jeudi vendredi sam samedi
domingo lunes martes mie miercoles jue jueves vie viernes sabado
seg segunda ter terca qua quarta qui quinta sex sexta feira
zo zondag ma maandag dinsdag wo woensdag donderdag vr vrijdag za zaterdag
niedz niedziela nd pon pn poniedziałek wt wto wtorek sro sr sroda czw czwartek pt piatek sob sobota
вс воскресенье пн понедельник вт вторник ср среда чт четверг пт пятница сб суббота
at on of the il lo alle ore del le la a den dem der um uhr el de do las los as hs h hrs op om
w o godz r roku в г года год
"""
FILLERS: Final = frozenset(_FILLERS.split())

# Minutes east of Greenwich. Names with more than one common meaning (IST, AST, BST in Asia, ...)
# are left out, so that a date with them is refused; EST to PST are those of RFC 822.
ZONES: Final[dict[str, int]] = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 60, "BST": 60,
    "CET": 60, "CEST": 120, "MEZ": 60, "MESZ": 120, "EET": 120, "EEST": 180, "MSK": 180,
    "EST": -300, "EDT": -240, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
    "JST": 540, "KST": 540, "HKT": 480, "NZST": 720, "NZDT": 780, "AEST": 600, "AEDT": 660,
}  # fmt: skip


# Languages whose countries write the day first (CLDR), but for the regions below.
_DAY_FIRST: Final = frozenset(("it", "de", "fr", "es", "pt", "nl", "pl", "ru")) | frozenset(
    ("uk", "cs", "sk", "sl", "hr", "bs", "ro", "bg", "el", "tr", "fi", "da", "nb", "no", "ca", "et")
)
_REGIONS: Final = {  # True: day first, False: month first
    **dict.fromkeys(("en-gb", "en-au", "en-nz", "en-ie", "en-in"), True),
    **dict.fromkeys(("en-us", "es-pr", "es-pa"), False),
}


def day_first(language: str | None) -> bool | None:
    """Tell whether a language (BCP 47) writes the day before the month; None when it depends."""
    tag = (language or "").replace("_", "-").lower()
    if tag == "fr-ca":  # both are in use
        return None
    return _REGIONS.get(tag, True if tag.partition("-")[0] in _DAY_FIRST else None)


def fold(text: str) -> str:
    """Return the text in small letters without accents."""
    parts = unicodedata.normalize("NFD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))
