"""What customers do: industry segments, their sub-segments, CNAE class descriptions and trade-name words."""

from __future__ import annotations

from typing import NamedTuple

from accounts.demo.places import strip_accents


class Industry(NamedTuple):
    """One DS_SEGMENTO value with its share of the base (customers in 10,615) and its vocabulary."""

    segment: str
    customers: int
    subsegments: tuple[str, ...]
    activities: tuple[str, ...]
    trades: tuple[str, ...]


NO_ACTIVITY = "PESSOA FISICA (SEM CNAE)"

INDUSTRIES: tuple[Industry, ...] = (
    Industry(
        "SERVICOS",
        2424,
        (
            "PROVEDOR DE SERVICOS",
            "CONSULTORIA",
            "TECNOLOGIA",
            "TERCEIRIZACAO",
            "UTILITIES",
            "LOCAÇÃO",
            "CONTABILIDADE",
        ),
        (
            "Consultoria em tecnologia da informação",
            "Desenvolvimento de programas de computador sob encomenda",
            "Atividades de contabilidade",
            "Agências de publicidade",
            "Locação de automóveis sem condutor",
            "Locação de mão-de-obra temporária",
            "Limpeza em prédios e em domicílios",
            "Atividades de vigilância e segurança privada",
            "Provedores de acesso às redes de comunicações",
            "Outras sociedades de participação, exceto holdings",
            "Serviços de engenharia",
            "Holdings de instituições não-financeiras",
        ),
        ("Consultoria", "Serviços", "Tecnologia", "Soluções", "Facilities", "Engenharia", "Gestão"),
    ),
    Industry(
        "VAREJO",
        2185,
        (
            "SUPERMERCADO",
            "MODA",
            "MOVEIS E ELETRO",
            "FARMACIA",
            "MATERIAL DE CONSTRUCAO",
            "LOJAS ESPECIALIZADAS",
        ),
        (
            "Comércio varejista de artigos do vestuário e acessórios",
            "Comércio varejista de calçados",
            "Comércio varejista de móveis",
            "Comércio varejista de materiais de construção em geral",
            "Comércio varejista de produtos farmacêuticos, sem manipulação de fórmulas",
            "Comércio varejista de combustíveis para veículos automotores",
            "Comércio varejista de artigos de papelaria",
            "Comércio varejista de ferragens e ferramentas",
            "Comércio varejista de artigos esportivos",
            "Comércio varejista de artigos de óptica",
            "Comércio varejista de mercadorias em geral, com predominância de produtos alimentícios - supermercados",
        ),
        ("Lojas", "Comercial", "Magazine", "Casa", "Empório", "Center", "Mercado", "Drogaria"),
    ),
    Industry(
        "MANUFATURA",
        2072,
        (
            "METAL MECANICO",
            "ALIMENTOS E BEBIDAS",
            "PLASTICO E BORRACHA",
            "TEXTIL",
            "QUIMICO",
            "AUTOPECAS",
            "MOVEIS",
        ),
        (
            "Fabricação de produtos à base de café",
            "Fabricação de embalagens de material plástico",
            "Fabricação de estruturas metálicas",
            "Fabricação de esquadrias de metal",
            "Fabricação de calçados de couro",
            "Fabricação de produtos de panificação industrial",
            "Fabricação de cosméticos, produtos de perfumaria e de higiene pessoal",
            "Fabricação de medicamentos alopáticos para uso humano",
            "Fundição de ferro e aço",
            "Serviços de usinagem, tornearia e solda",
            "Fabricação de embalagens metálicas",
            "Fabricação de móveis com predominância de metal",
            "Fabricação de artefatos de cimento para uso na construção",
            "Fabricação de produtos de limpeza e polimento",
        ),
        ("Metalúrgica", "Indústria", "Plásticos", "Têxtil", "Alimentos", "Química", "Usinagem", "Embalagens"),
    ),
    Industry(
        "DISTRIBUICAO",
        861,
        ("ATACADO", "ATACADO DISTRIBUIDOR", "MATERIAL ELETRICO", "FARMACEUTICO", "AUTOPECAS"),
        (
            "Comércio atacadista de produtos alimentícios em geral",
            "Comércio atacadista de medicamentos e drogas de uso humano",
            "Comércio atacadista de material elétrico",
            "Comércio atacadista de materiais de construção em geral",
            "Comércio atacadista de produtos de higiene pessoal",
            "Comércio atacadista de máquinas e equipamentos para uso comercial",
        ),
        ("Distribuidora", "Atacado", "Atacadista", "Comercial"),
    ),
    Industry(
        "CONSTRUCAO E PROJETOS",
        702,
        ("INCORPORADORA", "CONSTRUTORA", "OBRAS DE INFRAESTRUTURA", "PROJETOS"),
        (
            "Construção de edifícios",
            "Incorporação de empreendimentos imobiliários",
            "Construção de estações e redes de telecomunicações",
            "Serviços de desenho técnico relacionados à arquitetura e engenharia",
            "Corretagem na compra e venda e avaliação de imóveis",
            "Obras de terraplenagem",
        ),
        ("Construtora", "Incorporadora", "Engenharia", "Empreendimentos", "Obras"),
    ),
    Industry(
        "LOGISTICA",
        650,
        ("TRANSPORTE RODOVIARIO", "OPERADOR LOGISTICO", "ARMAZENAGEM", "COMERCIO EXTERIOR"),
        (
            "Transporte rodoviário de carga, exceto produtos perigosos e mudanças, municipal.",
            "Organização logística do transporte de carga",
            "Armazéns gerais - emissão de warrant",
            "Depósitos de mercadorias para terceiros, exceto armazéns gerais e guarda-móveis",
        ),
        ("Transportes", "Logística", "Cargas", "Armazéns", "Expresso"),
    ),
    Industry(
        "HOSPITALITY",
        567,
        ("HOTELARIA", "RESTAURANTES", "PARQUES E LAZER"),
        ("Hotéis", "Restaurantes e similares", "Apart-hotéis"),
        ("Hotel", "Pousada", "Resort", "Restaurante", "Hotéis"),
    ),
    Industry(
        "EDUCACIONAL",
        527,
        ("ENSINO SUPERIOR", "EDUCACAO BASICA", "CURSOS LIVRES", "SISTEMA S"),
        (
            "Educação superior - graduação e pós-graduação",
            "Educação superior - graduação",
            "Ensino médio",
            "Ensino fundamental",
            "Ensino de idiomas",
            "Educação profissional de nível técnico",
            "Atividades de apoio à educação, exceto caixas escolares",
        ),
        ("Colégio", "Faculdade", "Instituto", "Escola", "Centro Educacional"),
    ),
    Industry(
        "SAUDE",
        298,
        ("HOSPITAL", "CLINICAS", "MEDICINA DIAGNOSTICA", "OPERADORA DE SAUDE"),
        (
            "Laboratórios clínicos",
            "Atividade médica ambulatorial restrita a consultas",
            "Atividades de atendimento hospitalar, exceto pronto-socorro e unidades para atendimento a urgências",
            "Atividades de apoio à gestão de saúde",
        ),
        ("Hospital", "Clínica", "Laboratório", "Saúde"),
    ),
    Industry(
        "AGROINDUSTRIA",
        204,
        ("COOPERATIVA  AGROPECUARIA", "SUCROENERGETICO", "GRAOS", "PROTEINA ANIMAL"),
        (
            "Cultivo de soja",
            "Cultivo de cana-de-açúcar",
            "Criação de bovinos para corte",
            "Fabricação de açúcar em bruto",
            "Atividades de apoio à agricultura não especificadas anteriormente",
            "Frigorífico - abate de bovinos",
        ),
        ("Agropecuária", "Cooperativa", "Usina", "Agro", "Fazendas"),
    ),
    Industry(
        "JURIDICO",
        111,
        ("ESCRITORIO DE ADVOCACIA", "DEPARTAMENTO JURIDICO"),
        ("Serviços advocatícios",),
        ("Advocacia", "Advogados"),
    ),
    Industry(
        "FINANCIAL SERVICES",
        10,
        ("FINANCEIRAS", "CORRETORAS"),
        ("Cooperativas de crédito mútuo", "Corretoras de títulos e valores mobiliários"),
        ("Financeira", "Corretora"),
    ),
    Industry("TOTVS", 2, ("FRANQUIA",), ("Consultoria em tecnologia da informação",), ("Unidade",)),
    Industry(
        "SUPERMERCADOS",
        2,
        ("SUPERMERCADO",),
        ("Comércio varejista de mercadorias em geral, com predominância de produtos alimentícios - supermercados",),
        ("Supermercados",),
    ),
)

# canonical spelling → the variant that the sources mix in for the same meaning
SUBSEGMENT_VARIANTS: dict[str, str] = {
    "UTILITIES": "UTILITES",
    "PROVEDOR DE SERVICOS": "PROVEDOR SERVICOS",
}

TRADE_FIRST: tuple[str, ...] = (
    "Aurora", "Horizonte", "Ipê", "Jatobá", "Araucária", "Cerrado", "Litoral", "Serrana", "Paineira",
    "Jequitibá", "Boa Safra", "Alvorada", "Bandeirante", "Atlântida", "Capivari", "Iguaçu", "Tapajós",
    "Pantanal", "Mantiqueira", "Caiçara", "Estrela", "Ponto Alto", "Vale Verde", "Rio Claro", "Pedra Branca",
    "Monte Azul", "Bela Vista", "Santa Rita", "São Jorge", "Três Irmãos", "Nova Era", "União", "Progresso",
    "Pioneira", "Central", "Imperial", "Real", "Líder", "Prisma", "Vértice", "Módulo", "Sigma", "Delta",
    "Ômega", "Núcleo", "Quadrante", "Norte", "Sul", "Oeste", "Planalto", "Guarani", "Tupã", "Jaçanã", "Sabiá",
    "Beija-Flor", "Canário", "Bem-te-vi", "Tucano",
)  # fmt: skip

TRADE_SECOND: tuple[str, ...] = (
    "", "", "", "do Brasil", "Prime", "& Filhos", "Paulista", "Mineira", "do Vale", "da Serra", "Sul",
    "Norte", "Matriz", "Integrada", "Nacional", "Express", "Plus", "Group", "Central", "2000",
)  # fmt: skip


def mangled(activity: str) -> str:
    """Return the source's spelling of a CNAE description: accents stripped, ``à`` turned into ``…``.

    Byte 0x85 is ``à`` in CP850 and ``…`` in cp1252; the export lost every other accent but kept this one.
    """
    return strip_accents(activity.replace("à", "\0")).replace("\0", "…")
