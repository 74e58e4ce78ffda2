"""What the voice is trained to say: words of our own choice in random order; some words are never heard in training."""

import hashlib

import numpy as np

WORDS = """
about above across acid after again age agree air all alone along amber among ancient angel answer any apple april arch arm around
arrow ash autumn away azure baby back badge bag bake ball band bark barn basin bath beach bean bear beauty become bed bee
before begin bell below bench beside beyond bird birth black blade blaze blue boat body bone book both bottle box boy branch brave
bread break breath breeze bridge bright bring broad brother brown brush build burn bush butter buy cage cake call calm candle care
carry castle cat catch cedar chain chair chalk chance change chart cheek cheese child choice choose church circle city clay clean clear
climb clock cloth cloud coal coast coat cold colour come copper coral corn couch count cover cow cradle cream crowd crown cry cup
curve dance danger dark daughter day dear deep desert dew dice dinner dirt dive doctor dog door doubt down dozen drag dream dress
drink drive drum dry dust each ear early earth east easy eat echo edge eight either elbow empty end engine enjoy enough evening
every eye face fair faith fall far farm fast father feather feel fellow fence few field fifteen fig find finger fire first fish five
flag flame flat float flock floor flower flute fly foam fog fold follow food foot forest forget fork four fox fresh friend frog front frost
fruit full garden gather gentle ghost giant gift girl give glad glass globe go goat gold good grain grape grass gravel green grey ground
group grow guide guitar gull habit hair half hall hammer hand happy harbour hard harvest hat hay head hear heart heat heavy hedge hello
help hen here hide high hill hold hole hollow home honey hope horn horse hot hour house how hundred hunger ice idea inch ink iron
island ivory jacket jade jar jaw jelly jewel join joke journey joy judge juice july jump june jungle just keep kettle key kind king
kiss kitchen kite knee knife knot lace ladder lake lamb lamp land large last late laugh lawn lazy lead leaf learn leather leave left
lemon length letter level light lily line lion lip listen little live loaf lock long look loose lost loud love low luck lung machine
magic make mango many maple march mark market mask match may meadow measure meet melody melt memory metal middle mild milk mill mind
mint mirror mist moment money month moon more morning moss most mother mountain mouse mouth move much music nail name narrow
near neck needle nest never new next night nine noise none north nose note nothing number nurse oak oar ocean october off often
oil old olive once one onion open orange other our out oven over owl own oyster page paint pair palace pale palm paper park
path peace peach pear pearl pepper piano picture piece pine pipe place plain plant play pleasure plough plum pocket poem point poor
porch pot pour power press price proud pull pulse pure purple push queen quick quiet quilt rabbit race rain raise ready reason red reed
rest return ribbon rice rich ride right ring rise river road roar rock roof room root rope rose rough round row royal ruby rule run
rush rust saddle sail salt same sand sauce save say school scissors sea search season seed seven shade shadow shape share sharp she
sheep shell shine ship shirt shoe shore short shoulder shout show shower silence silver simple sing sister six skin sky sleep slow small
smell smile smoke smooth snake snow soap soft soil some song soon sound soup south space spade spark speak spear spice spider spoon
spread spring square stage stair star start stay steam steel step stick still stone stop storm story straight strange stream street
strong such sugar summer sun sure swan sweet swim sword table take tale talk tall tea teach tear tell temple ten thank that theatre
there thick thin thing think third thorn thought thousand thread three throat throne through throw thumb thunder ticket tide tiger
time tin today together tomorrow tongue tooth top torch touch tower town toy track trade train treasure tree trip true trust tube tune
turn twelve twenty twice two uncle under until up use valley value van vase vast velvet very village vine violet violin visit voice vote
vowel wait wake walk wall wander warm wash watch water wave wax way wealth wear weather week well west wheat wheel when where which
while whisper white who why wide wife wild win wind window wine wing winter wire wise wish with wolf woman wonder wood wool
word work world worth wound write year yellow yes young your youth zebra zero zone
""".split()
LONGEST_WORDS = 5  # per utterance


def is_held_out(word: str) -> bool:
    """Whether training never hears it: one word in ten."""
    return hashlib.sha256(word.encode()).digest()[0] < 26


def make_text(rng: np.random.Generator, held_out: bool) -> str:
    """A few words, now and then with a pause between them."""
    words = [word for word in WORDS if is_held_out(word) == held_out]
    chosen = [str(word) for word in rng.choice(words, rng.integers(2, LONGEST_WORDS + 1))]
    if len(chosen) > 3 and rng.random() < 0.4:
        chosen[1] += ","
    return " ".join(chosen)
