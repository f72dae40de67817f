"""What staff paste, what Lanyard makes of it, and what it says where it cannot."""

import re
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.rules.filter.addresses import LONGEST, SHOWN, Address, is_public_suffix, read, read_several


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://www.bbc.co.uk/news?x=1&y=2#top", "https://www.bbc.co.uk/news?x=1&y=2"),
        ("HTTPS://WWW.BBC.CO.UK/News", "https://www.bbc.co.uk/News"),  # only the site is the same in capitals
        ("  https://bbc.co.uk\n", "https://bbc.co.uk/"),
        ("\ufeffhttps://bbc.co.uk\u200b", "https://bbc.co.uk/"),
        ("bbc.co.uk/news", "https://bbc.co.uk/news"),
        ("www.lesson.zip", "https://www.lesson.zip/"),
        ("bbc.co.uk:8080/x", "https://bbc.co.uk:8080/x"),
        ("character.ai", "https://character.ai/"),
        ("medium.com/@someone/a,b", "https://medium.com/@someone/a,b"),
        ("<https://bbc.co.uk/a|bbc.co.uk>", "https://bbc.co.uk/a"),
        ("“https://bbc.co.uk/a”", "https://bbc.co.uk/a"),
        ("http://bbc.co.uk:80/", "http://bbc.co.uk/"),
        ("https://bbc.co.uk:443/", "https://bbc.co.uk/"),
        ("http://bbc.co.uk:443/", "http://bbc.co.uk:443/"),
        ("https://bbc.co.uk:/", "https://bbc.co.uk/"),
        ("https://bbc.co.uk./", "https://bbc.co.uk/"),
        ("https://my_site.tumblr.com/", "https://my_site.tumblr.com/"),
        ("https://r3---sn-aigl6nl7.googlevideo.com", "https://r3---sn-aigl6nl7.googlevideo.com/"),
        ("https://bbc.co.uk/%7ea/%c3%a9/é", "https://bbc.co.uk/~a/%C3%A9/%C3%A9"),
        ("https://bbc.co.uk/good/../../bad/./x/..", "https://bbc.co.uk/bad/"),
        ("https://bbc.co.uk/good/%2e%2e/bad", "https://bbc.co.uk/bad"),
        ("https://bbc.co.uk/100%", "https://bbc.co.uk/100%25"),
        ("https://bbc.co.uk/%%341", "https://bbc.co.uk/%2541"),
        ("https://bbc.co.uk?q=a b".replace(" ", "+"), "https://bbc.co.uk/?q=a+b"),
        ("https://bbc。co。uk/", "https://bbc.co.uk/"),
        ("https://ｂｂｃ.co.uk/", "https://bbc.co.uk/"),
    ],
)
def test_an_address_has_one_spelling(typed: str, url: str) -> None:
    address = read(typed)
    assert (address.url, address.warning) == (url, "")


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("https://forums.bbc.co.uk/", "bbc.co.uk"),
        ("https://kids.blogspot.com/", "kids.blogspot.com"),
        ("https://class3.github.io/", "class3.github.io"),
        ("https://st-mary.kent.sch.uk/", "st-mary.kent.sch.uk"),  # below a county's ending
        ("https://co.uk/", "co.uk"),
        ("https://a.bücher.de/", "xn--bcher-kva.de"),
        ("https://x.foo.個人.hk/", "foo.xn--gmqw5a.hk"),
        ("https://8.8.8.8/", "8.8.8.8"),
    ],
)
def test_the_part_that_somebody_registered(typed: str, domain: str) -> None:
    assert read(typed).domain == domain


ONLY_WEB, NAME, INSIDE, HIDDEN = "start with https://", "name of the site", "inside one network", "invisible"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Write the address"),
        (" \n", "Write the address"),
        ("hello", ONLY_WEB),
        ("//bbc.co.uk/x", ONLY_WEB),
        ("lesson.zip", "put https:// in front"),
        ("my.document", "put https:// in front"),
        ("3.14", "put https:// in front|start with https://"),
        ("co.uk", "put https:// in front"),
        ("https:bbc.co.uk", ONLY_WEB),
        ("https:/bbc.co.uk", ONLY_WEB),
        ("htps://bbc.co.uk", ONLY_WEB),
        ("ftp://bbc.co.uk/", ONLY_WEB),
        ("about:blank", ONLY_WEB),
        ("javascript:alert(1)", "program code"),
        ("JavaScript:alert(1)//https://bbc.co.uk", "program code"),
        ("data:text/html,x", "program code"),
        ("data:1", "program code"),
        ("file:///C:/Users/Ann/letter.docx", "file on a computer"),
        ("mailto:ann@school.sch.uk", "e-mail address"),
        ("ann@school.sch.uk", "e-mail address"),
        ("https://bbc.co.uk/my page", "space"),
        ("https://bbc.co.uk/\tx", "space"),
        ("https://bbc.co.uk/x\nhttps://bbc.co.uk/y", "space"),
        ("https://bbc.co.uk/\u00a0x", "space"),
        ("https://bbc\u200b.co.uk/", HIDDEN),
        ("https://bbc.co.uk/\u202egnp.exe", HIDDEN),
        ("https://bbc.co.uk/\x00", HIDDEN),
        ("https://bbc.co.uk/\ud800", HIDDEN),
        ("https:\\\\bbc.co.uk", r"web addresses only have /"),
        ("https://evil.com\\@bbc.co.uk/", r"web addresses only have /"),
        ("https://ann:secret@bbc.co.uk/", "up to the @"),
        ("https://good.com@evil.com/", "up to the @"),
        ("https://", NAME),
        ("https:///x", NAME),
        ("https://bbc..co.uk/", NAME),
        ("https://.bbc.co.uk/", NAME),
        ("https://bbc.co.uk../", NAME),
        ("https://b%62c.co.uk/", NAME),
        ("https://bbc!.co.uk/", NAME),
        ("https://bbc.co.uk,bbc.com", NAME),
        ("https://" + "a" * 64 + ".com/", NAME),
        ("https://" + "é" * 64 + ".com/", NAME),
        ("https://" + "a." * 127 + "com/", NAME),
        ("https://xn--.com/", NAME),
        ("https://xn--a.com/", NAME),
        ("https://xn--bbc-.com/", NAME),
        ("https://xn--bcher-2pa.de/", NAME),  # a capital Ü, which no name has
        ("https://xn--ab-m1t.com/", NAME),  # a and b with something invisible between
        ("https://xn--a\u200d.com/", HIDDEN),
        ("https://℀.com/", NAME),  # a letter that stands for a/c
        ("https://[::1/", NAME),
        ("https://[fe80::1%25eth0]/", NAME + "|inside"),
        ("https://1.2.3.4.5/", NAME),
        ("https://256.1.1.1/", NAME),
        ("https://foo.08/", NAME),
        ("https://bbc.co.uk:0/", "number after the colon"),
        ("https://bbc.co.uk:65536/", "number after the colon"),
        ("https://bbc.co.uk:99999999/", NAME),
        ("https://bbc.co.uk:８０/", NAME),
        ("https://bbc.co.uk/" + "a" * 5000, "2,000 characters"),
        ("https://bbc.co.uk/" + "é" * 500, "2,000 characters"),  # 3,000 as it is kept
    ],
)
def test_what_cannot_be_taken_is_said_plainly(typed: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read(typed)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "１２７.0.0.1"),
        *("10.0.0.5", "172.16.1.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "0", "255.255.255.255"),
        *("224.0.0.1", "192.0.2.1", "[::1]", "[::]", "[fe80::1]", "[fd00::1]", "[ff02::1]", "[::ffff:127.0.0.1]"),
        *("[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:db8::1]"),
        *(
            "localhost",
            "LOCALHOST",
            "foo.localhost",
            "printer.local",
            "server.internal",
            "intranet",
            "router.home.arpa",
        ),
        *("nas.lan", "x.test", "x.invalid", "home.arpa"),
    ],
)
def test_what_is_inside_a_network_is_not_for_the_filter(host: str) -> None:
    with pytest.raises(BadInput, match=INSIDE):
        read(f"https://{host}/x")


@pytest.mark.parametrize(
    ("typed", "ascii_host", "says"),
    [
        ("https://pаypal.com/", "xn--pypal-4ve.com", "passes for “paypal.com”"),  # one Cyrillic letter
        ("https://xn--pypal-4ve.com/", "xn--pypal-4ve.com", "passes for “paypal.com”"),
        ("https://раураӏ.com/", "xn--80aa0cbo65f.com", "passes for “paypal.com”"),  # all of them
        ("https://gοοgle.com/", "xn--ggle-0nda.com", "passes for “google.com”"),
        ("https://bbcж.com/", "xn--bbc-xdd.com", "mixes alphabets"),
        ("https://i❤.ws/", "xn--i-7iq.ws", "symbols in it"),
        ("https://bbc.co.uk⁄news.evil.com/", "bbc.co.xn--uknews-qq0c.evil.com", "symbols in it"),
        ("https://bücher.de/", "xn--bcher-kva.de", "not in the English alphabet"),
        ("https://faß.de/", "xn--fa-hia.de", "not in the English alphabet"),
        ("https://москва.рф/", "xn--80adxhks.xn--p1ai", "not in the English alphabet"),
        ("https://qq音乐.com/", "xn--qq-r12c3310a.com", "not in the English alphabet"),
        ("https://foo.nosuchending/", "foo.nosuchending", "does not know sites that end in “.nosuchending”"),
        ("https://8.8.8.8/", "8.8.8.8", "only a number"),
        ("https://0x8080808/", "8.8.8.8", r"only a number \(8.8.8.8\)"),
        ("https://[2606:4700:0::1111]/", "[2606:4700::1111]", "only a number"),
    ],
)
def test_a_look_alike_is_taken_and_shown_for_what_it_is(typed: str, ascii_host: str, says: str) -> None:
    address = read(typed)
    assert address.ascii_host == ascii_host
    assert re.search(says, address.warning)
    if "xn--" in ascii_host:
        assert address.host in address.warning
        assert ascii_host in address.warning


def test_a_warning_is_short_however_long_the_name() -> None:
    address = read("https://" + ".".join(["bücher" * 4] * 6) + ".de/")
    assert max(map(len, re.findall(r"\S+", address.warning))) <= SHOWN + 4


def test_several_addresses_each_once_in_their_order() -> None:
    text = (
        "https://b.com/x,y, https://a.com\nhttp://a.com/;https://c.com/,https://d.com\r\n\r\n"
        "b.com/x,y\nhttps://A.com/#top https://b.com/x,y,"
    )
    assert [address.url for address in read_several(text)] == [
        "https://b.com/x,y",
        "https://a.com/",
        "https://c.com/",
        "https://d.com/",
    ]


def test_the_message_counts_the_address_that_it_is_about() -> None:
    with pytest.raises(BadInput, match=r"^Address 2: .*inside one network"):
        read_several("https://bbc.co.uk http://10.0.0.1")
    with pytest.raises(BadInput, match=r"^This address only works"):
        read_several("http://10.0.0.1")
    with pytest.raises(BadInput, match="Write the address"):
        read_several(" , \n")


def test_too_many_addresses_are_counted() -> None:
    several = [f"https://bbc.co.uk/{number}" for number in range(40)]
    assert len(read_several("\n".join(several[:20] * 2))) == 20
    with pytest.raises(BadInput, match="at most 20 addresses at a time: these are 40"):
        read_several("\n".join(several))


@pytest.mark.parametrize("host", ["com", "co.uk", "github.io", "blogspot.com", "kent.sch.uk", "xn--p1ai", "zip"])
def test_an_ending_is_not_a_site(host: str) -> None:
    assert is_public_suffix(host)


@pytest.mark.parametrize("host", ["bbc.co.uk", "x.github.io", "localhost", "nosuchending", "", ".", "xn--", "8.8.8.8"])
def test_a_site_is_not_an_ending(host: str) -> None:
    assert not is_public_suffix(host)


def test_the_lists_wait_until_the_first_address_comes() -> None:
    loaded = "{'idna', 'publicsuffixlist'} & set(sys.modules)"
    code = f"import sys, bot.rules.filter.addresses, bot.rules.filter.register; print({loaded})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


# Texts made of the pieces that addresses are made of go much deeper than any text.
PIECES = [
    *(
        "https://",
        "http://",
        "javascript:",
        "www.",
        "bbc.co.uk",
        "xn--",
        "xn--pypal-4ve",
        ".com",
        ".",
        "..",
        "/",
        "//",
        "?",
    ),
    *(
        "#",
        "@",
        ":",
        ":80",
        "%",
        "%2e",
        "%2F",
        "%41",
        "[",
        "]",
        "::1",
        "127.0.0.1",
        "0x7f",
        "8.8.8.8",
        "é",
        "а",
        "ß",
        "❤",
    ),
    *(
        "\u200d",
        "\u202e",
        "\ud800",
        " ",
        "\n",
        "\\",
        "*",
        "=",
        "&",
        "a",
        "A",
        "1",
        "-",
        "_",
        ",",
        ";",
        "<",
        ">",
        "|",
        "“",
        "”",
    ),
    *("。", "℀", "⁄", "أ", "音", "\x00", "utm_source=x", "a" * 64),
]
texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=80)


def attempt(text: str) -> Address | None:
    try:
        return read(text)
    except BadInput:
        return None


@given(texts | texts.map("https://bbc.co.uk/{}".format) | texts.map("https://{}.com/".format))
@example("https://bbc.co.uk/?q=1;#x")
@example("https://xn--a-ecp.ru")
def test_any_text_is_an_address_or_a_plain_refusal(text: str) -> None:
    address = attempt(text)
    if address is None:
        return
    again = read(address.url)
    assert (again.url, again.host, again.domain, again.warning) == (
        address.url,
        address.host,
        address.domain,
        address.warning,
    )
    assert re.fullmatch(r"https?://[\x21-\x7e]+", address.url)
    assert len(address.url) <= LONGEST
    assert re.fullmatch(r"[a-z0-9_.-]{1,253}|\[[0-9a-f:]+\]", address.ascii_host)
    assert address.ascii_host == address.domain or address.ascii_host.endswith("." + address.domain)
    assert address.path.startswith("/")


@given(texts)
def test_what_is_refused_is_not_repeated(text: str) -> None:
    secret = f"https://ann:{text}geheimnis@bbc.co.uk/"
    with pytest.raises(BadInput) as caught:
        read(secret)
    assert "geheimnis" not in str(caught.value)


@given(st.lists(texts, max_size=30).map("\n".join))
def test_any_lines_are_addresses_or_a_plain_refusal(text: str) -> None:
    try:
        found = read_several(text)
    except BadInput:
        return
    assert 0 < len({address.url for address in found}) == len(found) <= 20


@pytest.mark.parametrize("label", ["新聞tv", "ひらtv", "カナtv", "ビデオーtv", "한글tv"])
def test_names_of_asia_may_stand_beside_latin_letters(label: str) -> None:
    warning = read(f"https://{label}.example/").warning
    assert "not in the English alphabet" in warning
    assert "mixes" not in warning
