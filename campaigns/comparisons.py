"""Find comparisons and superlatives ("o melhor do mercado", "faster than competitors") that need a fact of their own. Pure."""

# ruff: noqa: E501 - patterns are read alternative by alternative

import re
from collections.abc import Iterable

from campaigns.claims import Claim, plain, sentence_at, stems
from campaigns.phrases import find_phrase, folded

# All patterns read folded text: no accents, no case, one space between words.
_THING = (
    r"(?:solu(?:cao|coes)|erps?|crms?|sistemas?|plataformas?|softwares?|ferramentas?|tecnologias?|produtos?|servicos?|empresas?|fornecedor(?:es)?|parceir[oa]s?|suportes?"
    r"|atendimentos?|equipes?|times?|precos?|custos?|taxas?|tarifas?|ofertas?|desempenho|performance|retornos?|roi|marcas?|opcao do mercado|planos?|modul[oa]s?|implantacao|integracao|consultoria|indice|nota|satisfacao)"
)
_THING_EN = (
    r"(?:solutions?|erps?|crms?|systems?|platforms?|softwares?|tools?|technolog(?:y|ies)|products?|services?|compan(?:y|ies)|providers?|vendors?|suppliers?|partners?|support|teams?"
    r"|prices?|pricing|costs?|rates?|fees?|deals?|performance|returns?|roi|brands?|plans?|modules?|value|integration|onboarding|choice|satisfaction|scores?)"
)
_SCOPE = r"(?:d[oe] (?:mercado|setor|segmento|ramo|brasil|pais|mundo|planeta|categoria|regiao|estado|america latina)|n[oa] (?:mercado|setor|segmento|brasil|pais|mundo|categoria|regiao|america latina)|da (?:categoria|regiao|america latina|industria|historia)|que existe|de todos|entre tod[oa]s)"
_SCOPE_EN = r"(?:(?:in|on|of) (?:the )?(?:\w+ )?(?:market|industry|sector|world|country|region|brazil|latin america|class|category|business|segment)|available|anywhere|around|ever made|of all|out there|on offer)"
_ADJECTIVE = r"(?:usad|vendid|complet|rapid|modern|eficient|segur|confiave|barat|avancad|premiad|escolhid|recomendad|popular|economic|robust|inovador|lucrativ|produtiv|bem avaliad|procurad|adotad|acessive|competitiv|estave|flexive|simples|pratic|intuitiv)\w*"
_SUPER_EN = r"(?:best|fastest|cheapest|largest|biggest|lowest|highest|smartest|easiest|safest|strongest|simplest|quickest|greatest|finest|leading|top|most (?!of |out |from |importantly|suitable)(?:\w+ )?\w+)"
_NOT_RIVALS = r"(?:nunca|parece|parecem|imagina|voce|se|um|uma|isso|aquilo|bem|apenas|so|merecid|justo|suficiente|necessario|gostari|esperado|planejado|\d)"
_NOT_RIVALS_EN = r"(?:ever|it|you|happy|welcome|glad|just|a|an|one|that|enough|expected|planned|needed|necessary|usual|later|never|words|\d)"
_RIVALS = (
    r"(?:concorrent\w*|concorrencia|rivais|(?:outr[oa]s?|demais|qualquer outr[oa]) (?:\w+ )?(?:solu\w+|sistemas?|plataformas?|ferramentas?|fornecedor\w*|empresas?|erps?|crms?|softwares?|produtos?|opcoes|marcas?|clientes|companhias?|negocios|players?)"
    r"|(?:empresas?|clientes|negocios|companhias?|operacoes) (?:\w+ ){0,2}?(?:parecid|semelhant|similar|como a sua|como o seu|do (?:mesmo|seu) (?:porte|segmento|setor|tamanho|ramo)|de mesmo porte|de porte|da sua (?:regiao|area)|do seu)\w*(?: (?:com |a |ao )?(?:a |o )?(?:sua|seu|voces?)\b)?)"
)
_RIVALS_EN = (
    r"(?:competitors?|competition|rivals?|peers?|(?:other|any other|similar|comparable|most|all other|every other) (?:\w+ )?(?:solutions?|systems?|platforms?|tools?|vendors?|providers?|compan(?:y|ies)|erps?|crms?|software|products?|brands?|customers?|business(?:es)?|firms?|suppliers?|players?|options)"
    r"|(?:compan(?:y|ies)|business(?:es)?|customers|firms|operations) (?:like (?:yours|you)|of (?:your|the same|similar) (?:size|kind|industry)|your size|in your (?:industry|sector|segment|region))|anyone else|everyone else|anybody else|nobody else|no one else|the rest)"
)

_PEERS_EN = r"(?:competitors?|rivals|peers|(?:other|similar|comparable) (?:compan(?:y|ies)|vendors?|providers?|suppliers?|systems|platforms)|(?:compan(?:y|ies)|business(?:es)?|firms) (?:like yours|of (?:your|the same|similar) size|your size|in your (?:industry|sector|segment|region)))"

_ALWAYS = (
    rf"\b(?:o|a|os|as) (?:\w+ )?(?:melhor|maior|menor|pior)(?:es)? (?:\w+ )?{_THING}\b",
    rf"\b(?:o|a|os|as) (?:\w+ )?{_THING} (?:\w+ )?mais {_ADJECTIVE}(?! (?:para|a) (?:voce|sua|o seu))",
    rf"\b{_THING} (?:mais|menos) {_ADJECTIVE} {_SCOPE}\b",
    rf"\b(?:melhor|maior|menor|mais \w+)(?:es)? (?:\w+ ){{0,3}}{_SCOPE}\b(?! (?:voce|sua|seu))",
    rf"\b(?:melhor|maior|menor|pior|superior|inferior)(?:es)? (?:do )?(?:que|a|ao|aos|as) (?:\w+ ){{0,3}}?{_RIVALS}",
    rf"\b(?:mais|menos) (?:(?!(?:e|o|a|os|as|para|de|sao) )\w+ ){{1,3}}?(?:do )?que (?!{_NOT_RIVALS})\w+",
    rf"\b(?:melhor|maior|menor|pior)(?:es)? (?:do )?que (?!{_NOT_RIVALS})\w+",
    rf"\b(?:mais|menos) (?:do )?que (?:[oa]s? )?(?:\w+ ){{0,2}}?{_RIVALS}",
    r"\b(?:tao|tanto|tanta) (?:\w+ ){0,2}(?:quanto|como) (?:[oa]s? )?(?:maior|lider|melhor|concorr)\w*",
    r"\b(?:acima|abaixo|a frente|superior(?:es)?|inferior(?:es)?|alem) (?:d[aeo]s?|a|ao)s? (?:\w+ ){0,2}?(?:media|mediana|mercado|concorr\w+|setor|segmento|pares|demais|outr\w+|benchmark)",
    r"\b(?:supera|superam|superou|ultrapassa|bate|vence|deixa para tras|ganha d)\w* (?:\w+ ){0,2}(?:concorr\w+|mercado|media|outr\w+|setor|demais|pares)",
    rf"\b(?:comparad[oa]s? (?:a|ao|aos|as|com)|em comparacao (?:a|ao|aos|as|com)|em relacao (?:a|ao|aos|as)|frente (?:a|ao|aos|as)|versus|vs|contra|diferente(?:mente)? d\w+|ao contrario d\w+|enquanto) (?:[oa]s? )?(?:\w+ ){{0,2}}?(?:{_RIVALS}|media|mediana|mercado|setor|segmento|pares|benchmark)",
    r"\b(?:que|do que|enquanto|e) (?:os |seus |nossos |a |sua )(?:concorrentes|concorrencia|rivais)\b",
    rf"\b{_RIVALS} (?:\w+ ){{0,2}}?(?:economizam|ganham|crescem|reduzem|gastam|nao|cobram|oferecem|levam|perdem|ainda|demoram|gastam|pagam|ja|usam|adotaram|cresceram|economizam|reduziram|conseguiram|vendem|faturam)\b",
    r"\b(?:lider(?:es)?|lideranca|lideramos|lidera) (?:\w+ )?(?:absolut\w+|isolad\w+|de mercado|d[oe] (?:mercado|setor|segmento|brasil|mundo|categoria|ranking|ramo)|da (?:categoria|regiao|america latina|industria)|n[oa] (?:\w+ )?(?:mercado|setor|segmento|brasil|mundo|categoria|america latina)|em (?!equipe|time)\w+|mundial\w*|nacional|global)",
    rf"\b(?:{_THING}|marca|somos|e) (?:a |o )?lider(?:es)?\b",
    r"\b(?:numero um|numero 1|n 1|no 1|top 1|primeir[oa] lugar|primeir[oa] do (?:mercado|ranking|setor)|campe(?:ao|a) d\w+)\b",
    rf"\b(?:[oa] unic[oa]|[oa]s unic[oa]s|somos unic[oa]s|e unic[oa]) (?:{_THING}|que|capaz|d[oe] mercado|n[oa] (?:mercado|brasil|pais))",
    r"\b(?:incomparave[li]\w*|imbative\w+|insuperave\w+|inigualave\w+|sem (?:igual|concorren\w+|comparacao|rival|paralelo)|referencia (?:absoluta |nacional |mundial )?(?:d[oe]|n[oa]|em) \w+|premiad[oa]s?|mundialmente reconhecid\w+|de classe mundial|revolucionari\w+)\b",
    r"\b(?:ninguem|nenhum(?:a)? (?:outr[oa]|concorrente|fornecedor|empresa|plataforma|sistema|solucao|erp))(?: \w+){0,2} (?:oferece|faz|entrega|chega|consegue|alcanca|e tao|supera|cobra)\w*",
    r"\b(?:sem (?:nenhum |qualquer )?riscos?|risco zero|zero riscos?|livre de riscos?|a prova de (?:falhas|erros)|infalive\w+|sem (?:qualquer )?(?:erro|falha)s?|100 segur\w+)\b",
    r"\b(?:concorrentes?|concorrencia|rivais)\b(?! (?:desleal|publica))",
    r"\b(?:nada|nao (?:existe|ha)(?: \w+){0,2}?|nenhum\w* \w+) (?:\w+ ){0,2}?(?:igual|parecid\w+|semelhante|no mercado|que se compare)\b",
    r"\b(?:preferid[oa]s?|favorit[oa]s?) d[aeo]s?\b",
    r"\b(?:escolha|preferencia) d[aeo]s? (?:maioria|grandes|maiores|melhores|empresas)\b",
    r"\b(?:simplesmente|somos|de longe) (?:o|a|os|as) (?:melhor|maior|menor)(?:es)?\b(?! (?:momento|hora|forma|maneira|jeito|caminho|parte|desafio|presente|noticia|decisao|data|dia|epoca))",
    r"\bde longe\b",
    r"\b(?:o|a|os|as) (?:mais|menos) \w+ (?!importante)\w+ (?:de|d[oa]|para)\b",
    r"\b(?:e|sao|somos|temos|oferece\w*) (?:o|a|os|as) \w+ mais (?!importante|simples|facil|comum|frequente)\w+",
    r"\b(?:mais|menos) \w+ (?:ja|que ja) (?:cri|feit|vist|lanc|desenvolv)\w+",
    r"\b(?:so|somente|apenas) (?:a totvs|o totvs|a rd station|o rd station|a techfin)\b",
    r"\b(?:batemos|cobrimos|bate|cobre|igualamos) qualquer\b",
    r"\b(?:superior|superiores|inferior) a (?:tudo|qualquer|todos|todas)\b",
    r"\b(?:outr[oa]s?|qualquer outr[oa]|demais) (?:bancos?|fornecedor\w*|sistemas?|solu\w+|plataformas?|ferramentas?|erps?|crms?)\b",
    r"\b(?:do )?que (?:qualquer|nenhum\w*) (?:outr\w+|\w+)\b",
    r"\b(?:nenhum\w*) (?:outr[oa] )?(?:banco|fornecedor|sistema|empresa|erp|plataforma|ferramenta|solucao)(?: \w+){0,2} (?:faz|oferece|entrega|igual|tem|chega)\b",
    r"\b(?:mais|menos) (?:cedo|tarde|rapido|barato)? ?(?:do )?que (?:voce\b(?! (?:imagina|pensa|espera))|com outr\w+)",
    r"\btop de linha\b|\b(?:um )?recorde (?:no|do) (?:segmento|setor|mercado)\b|\bo mercado ja (?:adot|us|migr)\w+|\bnao fique para tras\b",
    # English
    r"\b(?:competitors?|competition|rivals)\b",
    r"\bnothing (?:else )?(?:like|compares|comes close|on the market|beats it)\b|\bnothing else (?:\w+ ){1,3}(?:comes close|compares)\b|\bnothing like it\b",
    r"\b(?:of choice|go to (?:erp|crm|tool|solution|system|platform|choice)|favou?rite (?:\w+ ){0,3}of|benchmark for|peerless|outshin\w+|in the dust|ahead of the pack|simply the best|the best at|by far the|top tier|world beating)\b",
    r"\b(?:the|our|a|brazil s) 1 (?:\w+ ){0,2}(?:solution|choice|erp|crm|platform|tool|system|vendor|provider|software|brand|company|in)\b",
    r"\b(?:beat|match) any\b|\b(?:won t|will not|can t|cannot|never) find (?:a )?(?:better|cheaper|lower|faster)\b|\b(?:lead|leads|leading) the (?:market|industry|field|sector|way in)\b",
    r"\bany other (?:\w+ )?(?:provider|vendor|supplier|system|tool|platform|solution|erp|crm|company|bank)s?\b|\b(?:than|from) (?:anywhere else|elsewhere)\b",
    r"\bonly (?:we|totvs|rd station|techfin)(?: \w+){0,2} (?:offers?|does|do|delivers?|has|have|can|gives?)\b",
    r"\bsuperior to (?:anything|everything|any|all)\b",
    r"\b(?:better|faster|cheaper|quicker|simpler|safer|smarter|stronger) than (?:a|an|any|anything) \w+",
    r"\bthe (?:most \w+|\w+est|best) (?:\w+ ){1,3}(?:there is|money can buy|you can (?:buy|get|find))\b",
    rf"\b(?:the|our|your|brazil s|its) (?:\w+ )?{_SUPER_EN} (?:\w+ ){{0,2}}?{_THING_EN}\b",
    rf"\b(?:best|fastest|cheapest|largest|biggest|lowest|highest|smartest|easiest|safest|strongest|most \w+|leading|top|number one)(?: \w+){{0,4}} {_SCOPE_EN}\b",
    rf"\b(?:{_THING_EN} )?(?:market|industry|world|category|class|segment) (?:leader|leading|beating|best)\w*\b",
    r"\b(?:leaders? (?:in|of) (?:the )?(?:market|industry|sector|segment|brazil|world|erp|crm|its|field|category|\w+ (?:market|industry|software|segment))|leading (?:erp|crm|provider|platform|solution|company|vendor|supplier|software|system|brand)|best in class|world class|top rated|top ranked|award winning|best selling|second to none|unbeatable|unmatched|unrivall?ed|unparallell?ed|unequall?ed|incomparable|number one|number 1|no 1|one of a kind|state of the art solution|gold standard|revolutionary)\b",
    rf"\b(?:better|faster|cheaper|quicker|easier|simpler|higher|lower|larger|smaller|bigger|safer|smarter|stronger|fewer|slower|worse|ahead|sooner|shorter|longer|greater|earlier|richer)(?: \w+){{0,5}} (?:than|of) (?:the )?(?:\w+ ){{0,2}}?{_RIVALS_EN}",
    rf"\b(?:better|faster|cheaper|quicker|easier|simpler|higher|lower|larger|smaller|bigger|safer|smarter|stronger|fewer|slower|worse|shorter|greater|richer)(?: \w+){{0,3}} than (?!{_NOT_RIVALS_EN}\b)\w+",
    rf"\b(?:more|less)(?: \w+){{1,4}}? than (?!{_NOT_RIVALS_EN}\b)\w+",
    rf"\b(?:more|less) than (?:the |your |our |what )?(?:\w+ )?{_RIVALS_EN}",
    rf"\b(?:than|unlike|versus|vs|against|while|whereas|outperform\w*|beats?|beating|surpass\w*|exceed\w*|ahead of|behind|compared (?:to|with)|relative to|in comparison (?:to|with)) (?:\w+ ){{0,3}}?{_RIVALS_EN}",
    rf"\b{_PEERS_EN} (?:\w+ )?(?:sav|sell|sold|gr[eo]w|pay|paid|spen|get|use|report|see|cut|clos|gain|reduc|increas|earn|w[io]n|los|charg|tak|wait|hav|achiev|mak|do|already|still|can|need)\w*",
    r"\b(?:above|below|beyond|ahead of|over|under|versus|vs|than|beats?|compared (?:to|with)|exceeds?|outperform\w*) (?:the |your |our )?(?:\w+ ){0,2}?(?:average|median|benchmark|market|norm|industry)\b",
    rf"\b(?:the|our) only (?:\w+ )?(?:{_THING_EN}|one|way to)\b",
    rf"\b(?:no (?:other|competing) (?:\w+ )?(?:{_THING_EN}|one)|nobody|no one|none)(?: \w+){{0,3}} (?:offers?|does|delivers?|matche?s?|comes? close|beats?|can)\b",
    rf"\b(?:superior|inferior|second|next|equal) to (?:\w+ ){{0,3}}?{_RIVALS_EN}",
    r"\b(?:competing|rival) (?:systems?|solutions?|tools?|products?|vendors?|platforms?|offers?)\b",
    r"\b(?:risk free|zero risk|no risk|without (?:any )?risk|riskless|fail ?safe|foolproof|fool proof|infallible|flawless|error free|bulletproof)\b",
    rf"\bas (?:good|fast|cheap|strong|big) as (?:the )?(?:\w+ )?{_RIVALS_EN}",
)
_PATTERN = re.compile("|".join(f"(?:{own})" for own in _ALWAYS))
# Polite and ordinary uses of the same words.
_HARMLESS = re.compile(
    r"^(?:mais (?:cedo|tarde|tempo|perto|detalhes|informacoes|claro|clara) (?:do )?que"
    r"|(?:the|your|our) (?:\w+ )?(?:best|most|top) (?:of|way|time|moment|part|person|people|wishes|regards|day|path|next|suitable time)\b"
    r"|mais (?:\w+ ){1,4}que (?:a|o|as|os)? ?(?:sua|seu|equipe|time|gente|cliente|nossa|nosso)(?:s)? (?:\w+ )?(?:precisa|usa|usam|ja|faz|tem|quer|pode|acompanha|merece|sente)"
    r"|(?:melhor|mais \w+)(?:es)? (?:\w+ )?(?:momento|forma|maneira|caminho|jeito|hora|horario|dia|data) )"
)
# A comparison stands within one sentence, and merge fields part it too.
_PIECE = re.compile(r"(?:(?![.!?;:](?:\s|$)|\n|\{\{).)+", re.S)
_MARK = re.compile(
    r"\b(?:media d[oae]s? (?:\w+ )?(?:setor|segmento|base|mercado|clientes|empresas|regiao|carteira)|em relacao|comparad|comparacao|compared|relative|acima|abaixo|above|below|vs|versus|than|do que|benchmark|peers?|pares|mesmo porte|similar\w*|semelhantes|(?:industry|sector|segment|market|peer) (?:average|median)|ranking|rank|posicao|lider\w*|leader\w*|percentil\w*|percentile|premio|award|melhor|best|maior|largest|unic\w+|only)\b"
)
_TOP = re.compile(
    r"\b(?:maior(?:es)?|melhor(?:es)?|menor(?:es)?|lider\w*|primeir[oa] lugar|numero um|unic[oa]s?|best|largest|biggest|lowest|highest|leader\w*|leading|number one|only|most)\b(?! (?:do )?que| than)"
)
_OVER = re.compile(r"\b(?:acima|mais|maior|superior|above|more|higher|ahead|better|over|faster|supera)\b")
_UNDER = re.compile(r"\b(?:abaixo|menos|menor|inferior|below|less|lower|fewer|behind|under|slower)\b")


def find(text: str) -> list[Claim]:
    """The comparisons of a text, each from its first to its last word."""
    found: list[Claim] = []
    for piece in _PIECE.finditer(plain(text)):
        haystack, places = folded(piece.group())
        for match in _PATTERN.finditer(haystack):
            if not _HARMLESS.search(match.group()):
                span = (piece.start() + places[match.start()], piece.start() + places[match.end() - 1] + 1)
                found.append(Claim("comparison", text[span[0] : span[1]], span))
    return found


def supported(claim: Claim, text: str, texts: Iterable[str]) -> bool:
    """True when the offer's or a fact's words compare too, about the same thing and in the same direction."""
    own = stems(sentence_at(text, claim.span))
    said = folded(claim.text)[0]
    for known in texts:
        plain_known = folded(known)[0]
        if find_phrase(known, claim.text):
            return True
        if _TOP.search(said) and not _TOP.search(plain_known):
            continue
        opposed = (_OVER.search(said) and _UNDER.search(plain_known) and not _OVER.search(plain_known)) or (
            _UNDER.search(said) and _OVER.search(plain_known) and not _UNDER.search(plain_known)
        )
        if _MARK.search(plain_known) and not opposed and len(own & stems(known)) >= 2:
            return True
    return False
