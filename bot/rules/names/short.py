"""Which names stand for one another: British short forms, how hard names are heard, which letters sound alike.

Ours rather than the `nicknames` package's, which is American genealogy (Jamie for Benjamin, Jack for Jacqueline, Daisy
for Margaret; no Alfie, Mo or Siobhan) and costs 40 ms and 7 MB to load. A wrong short form would be answered as exact,
so there are only such as a school office takes for the same child. All is written as `names.fold` leaves it. Source:
common British use; add an entry when the office misses one.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial

from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import extract

REORDERED = 0.79  # the same letters in another order, which edits weigh too much in short names: Kia for Kai
SOUND_ALIKE = 0.94  # at best: a word that sounds the same and is spelt otherwise
SOUND_SHORT = 0.78  # the same of three sounds or fewer: Eli and Eilidh, Ky and Kai

# Full form: its short forms. Spelling variants and translations (Sophie for Zofia) do not belong: those are near.
_SHORT_FORMS = """
abigail: abi abbie abby gail · adaeze: ada · adam: ads · alan: al · albert: al albie bert bertie
alexander: al alec alex lex sandy xander zander · alexandra: alex alexa lexi lexie sandra · alexandria: alex lexi
alfred: al alf alfie fred freddie · alice: ali · alison: ali · alistair: ali al · amanda: mandy
amelia: amy millie milly · anastasia: stacey ana tasia · andrea: andie · andrew: andy drew · angela: angie
angus: gus · annabel: anna annie bella belle · annabelle: anna annie bella belle · anne: annie · anthony: ant tony
antonia: toni · antony: ant tony · archer: archie · archibald: archie archy · arthur: art artie arty · augustus: gus
babatunde: tunde · barbara: babs barb · barnaby: barney · bartholomew: bart · beatrice: bea bee trixie
beatrix: bea bee trixie · benedict: ben benny · benjamin: ben benji benjy benny · bernard: bernie · bethan: beth
bethany: beth · bradley: brad · bronwen: bron · bronwyn: bron · caitlin: cait · caleb: cal · callum: cal
cameron: cam cammy · caroline: caro carrie · cassandra: cass cassie · catherine: cath cathy cat · cecilia: celia cissy
cerys: cez · charles: charlie charley chas · charlotte: char charlie lottie lotty · christian: chris
christina: chris chrissie tina · christine: chris chrissie tina · christopher: chris kit topher · clementine: clemmie
constance: connie · cordelia: delia · daniel: dan danny · danielle: dani · david: dai dave davey davy
deborah: deb debbie · dominic: dom · donald: don · dorothy: dot dottie dolly · douglas: doug dougie
edmund: ed eddie ned · edward: ed eddie ned ted teddy · eleanor: ella ellie elly nell nellie · eleanora: nora
elias: eli · eliezer: eli · elijah: eli · elisabeth: beth betty eliza libby liz lizzie
elizabeth: beth bess bessie betsy betty eliza elsie lib libby lilibet liz liza lizzie lizzy · ellen: ellie nell
elliot: ell · eloise: ellie · emily: em ems millie milly · emmanuel: manny · erica: ricky · esther: essie
eugene: gene · evangeline: eva eve evie · eve: evie · evelyn: eve evie · ezekiel: zeke · ezra: ez
felicity: fliss flick · ferdinand: ferdie · finlay: fin finn · finley: fin finn · finnian: finn · fiona: fi
florence: flo flossie flora · frances: fran frankie · francesca: fran frankie chessie · francis: fran frank frankie
franklin: frank frankie · frederica: freddie · frederick: fred freddie freddy · gabriel: gabe · gabriella: gabby ella
gabrielle: gabby · gareth: gaz · genevieve: evie genny · geoffrey: geoff · george: georgie · georgia: georgie
georgiana: georgie · georgina: georgie gina · gerald: gerry · giovanni: gio · grace: gracie · gregory: greg
guinevere: gwen · gwendolen: gwen · gwenllian: gwen gwenno · harold: harry hal · harriet: hattie hatty
harrison: harry · helena: lena · henrietta: hattie hettie · henry: harry hal hank · hugo: huey · ibrahim: ibby
ignatius: iggy · imogen: immy immie · irene: rene · isaac: ike zac · isabel: bel bella izzy issy
isabella: bella izzy izzie issy · isabelle: bella belle izzy issy · isaiah: izzy · isobel: bel izzy issy · jacob: jake
jacqueline: jackie · james: jamie jem jim jimmy jimbo · jane: janey · janet: jan · jasmine: jas jaz jazz
jeffrey: jeff · jemima: jem mima · jennifer: jen jenny · jeremiah: jem jerry · jeremy: jem jez · jessica: jess jessie
joanna: jo joey · joanne: jo · john: jack johnny · johnathan: jon jonny johnny · jonathan: jon jonny johnny
joseph: joe joey jos · josephine: jo josie posy · joshua: josh · joyce: joy · judith: judy · julian: jules
juliet: jules · juliette: jules · katarina: kat kate · katarzyna: kasia · kate: katie
katherine: kat kate kath kathy katie katy kay kit kitty · kathleen: kath kathy katie
kathryn: kat kate kath katie katy · kenneth: ken kenny · kimberley: kim · kirsten: kirsty · krzysztof: krzysiek
lachlan: lachie lochie · laura: laurie · lauren: loz · laurence: larry laurie · lawrence: larry lawrie
leonard: len lenny leo · leonardo: leo · leonidas: leo · leonora: nora · leopold: leo · lewis: lew · lilian: lil lily
lillian: lil lily lilly · louis: lou louie · louisa: lou · louise: lou · lucille: lucy · lucinda: cindy lucy
luna: lu · mackenzie: mac kenzie · madeleine: maddie maddy · madeline: maddie maddy · madison: maddie maddy
magdalena: magda lena · malcolm: mal · malgorzata: gosia · margaret: madge maggie mags marge margie meg megan peggy
martha: marty · martin: marty · mateusz: mati mat matt · matilda: mattie tilda tilly tillie
matthew: mat matt mattie matty · maximilian: max · maximus: max · maxwell: max · megan: meg · melanie: mel
melissa: mel lissa · mercedes: mercy · michael: mick mickey micky mike mikey · michelle: shell chelle · mikolaj: miki
miriam: mim mimi · mohamed: mo · mohammad: mo · mohammed: mo · muhammad: mo · muhammed: mo · mustafa: mus
natalie: nat · natasha: nat tash tasha · nathan: nat nate · nathaniel: nat nate · nicholas: nic nick nicky
nicola: nic nicky nikki · oliver: ol oli ollie olly · olivia: liv livvy livi livvie · oliwia: liv liwia oli
oluwaseun: seun · orlaith: orla · oscar: oz ozzie ozzy · padraig: paddy · pamela: pam
patricia: pat patsy tricia trish · patrick: paddy pat · penelope: nell pen penny · peter: pete · philip: phil pip
philippa: pip pippa · phillip: phil pip · priscilla: cilla · prudence: pru · rachel: rach · rafael: rafa raffy
raphael: rafe raff raffy · raymond: ray · rebecca: bec becca becky · reginald: reg reggie · rhiannon: rhi
richard: dick rich richie rick ricky · robert: bob bobby rob robbie robby bert · roberta: bobbie · robin: rob
roderick: rod rory · roger: rodge · roland: rolly · ronald: ron ronnie · ronan: ro · rosalie: rosie
rosalind: ros roz rosie · rosamund: ros rosie · rose: rosie · rosemary: ros rosie romy · rowan: ro · rupert: ru
russell: russ · samantha: sam sammy sammie · samira: sam · samuel: sam sammy sammie · sarah: sally sadie
sebastian: bas seb bastian · selina: lina · seren: ser · shannon: shan · sidney: sid · simon: si · siobhain: shiv
siobhan: shiv · sophia: soph · sophie: soph · stanislaw: stas · stanley: stan · stephanie: steph · stephen: ste steve
steven: ste steve · stewart: stu · stuart: stu · susan: sue susie · susannah: sue susie suzie · sylvia: syl
tabitha: tab tabby · tamara: tam tammy · tamsin: tam · terence: terry · thaddeus: tad · theo: ted teddy
theodora: dora thea theo · theodore: ted teddy theo · theresa: tess terri · thomas: tom tommy · tiffany: tiff
timothy: tim timmy · tobiah: toby · tobias: toby · valentina: tina val · valerie: val · veronica: ronnie · victor: vic
victoria: tori vic vicky · vincent: vin vince vinnie · violet: vi · virginia: ginny · vivian: viv · vivienne: viv
walter: wally walt · wilfred: wilf wilfie fred · wilhelmina: billie mina minnie
william: bill billy will willy wills liam · winifred: win winnie · wojciech: wojtek · yasmin: yas · youssef: yous
yusuf: yus · zachariah: zac zach zack · zachary: zac zach zack zak · zofia: zosia zosha · zuzanna: zuza
"""

# As it is written: as an English ear would write it. Several spellings where ears differ.
_HEARD = """
adaeze: adayzay adayza · aisha: ayesha eyesha · aisling: ashling · aoibheann: eevan · aoife: eefa · beauchamp: beecham
bronagh: brona · caitriona: katrina · caoimhe: keeva kweeva · catriona: katrina · ceri: kerry
cerys: kerris · chidi: cheedy · chloe: clowy kloey · chukwu: chooku · cian: keean · ciara: keera · ciaran: keeran
cillian: killian · clodagh: cloda · dafydd: davith · dang: dung · dearbhla: dervla · diarmuid: dermot · dijk: dike
eilidh: aylee ilee · eilish: aylish · eimear: eemer · eoghan: owen · eoin: owen · euan: youan · evelyn: evlin
fatima: fateema · ffion: feeon · fiadh: feea · fionnuala: finoola · goncalo: gonsalo
grainne: gronya · guilherme: gilyermy · hughes: hews · ieuan: yayan · ines: eenez inesh · ioan: yoan · isla: eyela ila
jakub: yakub · jan: yan · javier: havier · jesus: haysoos · joao: jwow · jorge: horhay · jose: hosay · juan: wan
julia: yulia · kai: ky kye · kaur: core · khadija: kadeeja · kwame: kwamay · leigh: lee · li: lee · llyr: lear
lukasz: wookash · maeve: mave · mairead: mirade · mateusz: matayoosh · meabh: mave · medbh: mave · mei: may
menzies: mingis · mhairi: vari · muhammad: mohamed mohammed · muller: mueller miller · ng: ing · ngozi: ungozi
nguyen: nwin newin wen · niall: nile · niamh: neev neve · nuala: noola · obinna: obina · oisin: osheen
oluwaseun: shayoon · oneill: oneal · padraig: porrick · pham: fam · phoebe: feebee · priya: preea · qian: chien
rhian: reean · rhys: reece · roisin: rosheen · ruairi: rory · ruaridh: rory · saoirse: seersha sersha
sean: shawn shorn · shiv: shiff · sian: sharn · sinead: shinade · siobhan: shivawn shevorn
stjohn: sinjun · tadhg: tige · tomasz: tomash · tunde: toonday · wojciech: voychek · wojcik: voychick · wright: rite
xavier: zavier · xiao: shao · yusuf: yousef usef · zhang: jang · zoe: zowie zooey · zofia: sofia
"""

# (pattern, sound): the first pattern that fits at a place wins. c stands for "ch" and x for "sh" in what comes out.
SOUNDS = (
    ("^ma?c(?![aeiouhy])", "mak"), ("^(?:kn|gn|mn)", "n"), ("^wr", "r"), ("^wh", "w"), ("^ps", "s"), ("^rh", "r"),
    ("t?ch(?=[lr])|kh", "k"), ("t?ch", "c"), ("s?sh|sch", "x"), ("ph", "f"), ("th", "t"), ("mps", "ms"), ("mb$", "m"),
    ("i?gh(?=t)", "i"), ("gh", ""), ("dg|j|g(?=[eiy])", "j"), ("ck|cc?(?![eiy])", "k"), ("c", "s"), ("qu?", "k"),
    ("x", "ks"), ("z", "s"), ("ie|ee|ea|ei|ey|y|i", "i"), ("ai|ay|ae", "e"), ("au|aw", "o"), ("oo|ou|ew|ue|eu", "u"),
    ("oe|ow|oa", "o"), ("(?<=.)h", ""), ("(?<=[^aeiou])e$", ""),
)  # fmt: skip

# Polish spelling read aloud, for words on the roll that look Polish: Nowak → novak, Lukasz → lukash.
POLISH = "sz|cz|rz|iw|(?:ak|ik|ek|sk[iay])$"
POLISH_SOUNDS = (("sz", "sh"), ("cz", "ch"), ("rz", "zh"), ("c(?=i)", "ch"), ("ch", "h"), ("w", "v"), ("j", "y"))

# Parts too common to be anybody's misspelt name.
_PARTICLES = "ab abu al ap bin da de del den der di do dos du el ibn la le mac mc o saint st ten ter van von"
PARTICLES = frozenset(_PARTICLES.split())


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """Read "name: form form · name: form" into {name: forms}."""
    entries = (entry.split(":") for entry in text.replace("\n", " · ").split(" · ") if entry)
    return {name: tuple(forms.split()) for name, forms in entries}


def _turned(table: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """{short form: full names}."""
    turned: defaultdict[str, list[str]] = defaultdict(list)
    for name, forms in table.items():
        for form in forms:
            turned[form].append(name)
    return {form: tuple(names) for form, names in turned.items()}


SHORT_OF = _table(_SHORT_FORMS)  # samuel → sam, sammy
FULL_OF = _turned(SHORT_OF)  # sam → samuel, samantha
HEARD = _table(_HEARD)


def related(word: str) -> tuple[str, ...]:
    """The full names that a word is short for, and its own short forms."""
    return FULL_OF.get(word, ()) + SHORT_OF.get(word, ())


def siblings(word: str) -> Iterator[str]:
    """Other short forms of the names that a word is short for: Sammy for Sam."""
    return (form for full in FULL_OF.get(word, ()) for form in SHORT_OF[full])


Respelling = tuple[re.Pattern[str], tuple[str, ...]]


def _compiled(rules: Sequence[tuple[str, str]]) -> Respelling:
    return re.compile("|".join(f"({pattern})" for pattern, _ in rules)), tuple(sound for _, sound in rules)


def _respell(word: str, rules: Respelling) -> str:
    pattern, spellings = rules
    return pattern.sub(lambda match: spellings[(match.lastindex or 1) - 1], word)


_ENGLISH, _POLISH = _compiled(SOUNDS), _compiled(POLISH_SOUNDS)
_LOOKS_POLISH, _AGAIN = re.compile(POLISH), re.compile(r"(.)\1+")


@lru_cache(maxsize=4096)  # making an index puts the roll's own words in it
def sound(word: str) -> str:
    """How an English reader would say a word, roughly: the same for Reece, Rees and Reese."""
    return _AGAIN.sub(r"\1", _respell(word, _ENGLISH))


def sounds(word: str) -> set[str]:
    """Every way in which a word on the roll may be heard."""
    heard = {word, *HEARD.get(word, ())}
    if _LOOKS_POLISH.search(word):
        heard.add(_respell(word, _POLISH))
    return {sound(spelling) for spelling in heard}


like = partial(extract, scorer=OSA.normalized_similarity, limit=None)  # edits, a transposition being one


class Vocabulary:
    """The words of one roll, to be asked which of them another word is like."""

    __slots__ = ("_by_sound", "_heard", "_spelt")

    def __init__(self, words: Iterable[str]) -> None:
        self._spelt = [word for word in words if len(word) > 1 and word not in PARTICLES]
        by_sound: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._spelt:
            for heard in sounds(word):
                by_sound[heard].append(word)
        self._heard, self._by_sound = list(by_sound), [tuple(spelt) for spelt in by_sound.values()]

    def like(self, word: str, shared: float) -> dict[str, float]:
        """Other words spelt or heard like this one, from 0 to 1; `shared`: the least share of letters in common."""
        alike: dict[str, float] = {}
        for name, edits, _ in like(word, self._spelt, score_cutoff=shared):
            score = (edits + JaroWinkler.normalized_similarity(word, name)) / 2
            if score < REORDERED and len(word) == len(name) and sorted(word) == sorted(name):
                score = REORDERED
            alike[name] = score
        heard = sound(word)
        worth = SOUND_ALIKE if len(heard) > 3 else SOUND_SHORT
        for other, edits, index in like(heard, self._heard, score_cutoff=shared):
            score = worth * (edits + JaroWinkler.normalized_similarity(heard, other)) / 2
            for name in self._by_sound[index]:
                alike[name] = max(alike.get(name, 0.0), score)
        alike.pop(word, None)
        return alike
