"""Small source files, written by hand, for the tests of imports."""

from pathlib import Path

MASTER = "CLIENTE;CLIENTE_DESDE\r\nT00001;2015-03-01\r\nT00002;2019-07-15\r\n00003X;2024-01-02\r\n"
CONTRACT_HEADER = (
    "CD_CLIENTE;DS_PROD;DS_LIN_REC;CIDADE;DS_CNAE;DS_SEGMENTO;DS_SUBSEGMENTO;FAT_FAIXA;MARCA_TOTVS;MODAL_COMERC;PAIS;"
    "PERIODICIDADE;SITUACAO_CONTRATO;UF;VL_TOTAL_CONTRATO;DT_ASSINATURA_CONTRATO\r\n"
)


def contract(
    code="T00001",
    product="ERP",
    line="CDU PROTHEUS",
    city="SAOPAULO",
    status="ATIVO",
    state="SP",
    value="100,5",
    signed="2022-05-01",
):
    """One contract line as it stands in dados_clientes.csv."""
    return (
        f"{code};{product};{line};{city};Fabricacao … mao;MANUFATURA;UTILITES;Faixa 00 - Ate 4,5 M;MARCA;MODALIDADE TRADICIONAL;40;"
        f"00 - Mensal;{status};{state};{value};{signed}\r\n"
    )


CONTRACTS = (
    CONTRACT_HEADER
    + contract()
    + contract(product="RH\t", city="CAMPINAS")
    + contract(product="BI", value="-20")
    + contract(code="T00002", status="CANCELADO", value="1.234,56", state="RJ")
)
MRR = "CLIENTE;MRR_12M\nT00001;496.65835141818087\nT00002;0.0\n"
NPS = (
    "respondedAt;metadata_codcliente;resposta_NPS;resposta_unidade;Nota_Custos\n"
    "2024-02-01 10:00:00.001;T00001;9;;7\n2024-02-01 10:00:00.002;T00001;9;;7\n2024-02-01 10:00:00.001;T00001;9;;7\n"
    "2025-01-01 00:00:00.000;TZZZZZ;3;;\n2025-01-02 00:00:00.000;;5;;\n2025-01-03 00:00:00.000;T00002;11;;\n"
)
TICKETS = (
    "CODIGO_ORGANIZACAO;NOME_GRUPO;TIPO_TICKET;STATUS_TICKET;DT_CRIACAO;DT_ATUALIZACAO;BK_TICKET;PRIORIDADE_TICKET\n"
    "T00001;Fábrica;question;closed;2025-03-01;2025-03-04;101;high\nT00001;Fábrica;question;open;2025-03-02;2025-03-02;102;low\n"
    "T00001;Fábrica;question;open;2025-03-02;2025-03-02;102;low\nT00001;Fábrica;question;closed;2025-03-02;2025-03-20;102;low\n"
)
SUPPORT = "ticket;resposta_NPS;grupo_NPS;Nota_Solucao;cliente\n101;10;promotor;9;T00001\n999;4;detrator;;T00001\n"
USAGE_HEADER = (
    "clienteid,eventduration,moduloid,productlineid,referencedatestart,slotid,statuslicenca,tcloud,clienteprime\n"
)
USAGE = (
    USAGE_HEADER
    + "T0000100,1500.0,0006,02,2025-03-17,0000,Conectado,,\n" * 3
    + "T0000101,500.0,0007,02,2025-03-17,0000,Negado,,\nT0000101,-811819.0,0007,02,2025-03-17,0000,,,\n"
)
PROPOSALS = (
    "NR_PROPOSTA;ITEM_PROPOSTA;DT_UPLOAD;HOSPEDAGEM;CD_CLI;FAT_FAIXA;CD_PROD;QTD;MESES_BONIF;VL_PCT_DESC_TEMP;VL_PCT_DESCONTO;"
    "PRC_UNITARIO;VL_DESCONTO_TEMPORARIO;VL_TOTAL;VL_FULL;VL_DESCONTO\n"
    "AA1;1;2024-05-06;ON PREMISES;T00001;;P1;4,5;999;0;10;10;0;100,10;110;0\n"
    "AA1;2;2024-05-06;ON PREMISES;T00001;;P2;1;0;0;150;10;0;50,05;60;0\n"
)
CONTACT_HEADER = (
    "CD_CLIENTE;CONTATO_ID;NOME;CARGO;EMAIL;TELEFONE;IDIOMA;PRINCIPAL;CONSENTE_MARKETING;CONSENTE_SERVICO;CONSENTE_CREDITO;"
    "BASE_LEGAL;DT_CONSENTIMENTO;FUSO\n"
)
CONTACTS = (
    CONTACT_HEADER
    + "T00001;C1;Ana Lima;CEO;Ana@Cliente.example;;pt-BR;S;S;S;N;CONSENTIMENTO;2025-02-08;America/Manaus\n"
    + "T00001;C2;Beto Reis;TI;not-an-address;;en;S;S;N;N;CONSENTIMENTO;;Mars/Base\n"
)
OWNERS = (
    "CD_CLIENTE;NOME_FANTASIA;CNPJ;RESPONSAVEL_EMAIL;RESPONSAVEL_NOME\n"
    "T00001;Aurora Ltda;90.651.123/0001-85;rep.one@b2shift.example;Rep One\nT00002;Horizonte;11.111.111/1111-12;;\n"
)
UNITS = "LINHA;UNIDADE\nCDU PROTHEUS;GESTAO\nOUTRA;NOWHERE\n"

COMPANY = {
    "clientes_desde.csv": MASTER, "dados_clientes.csv": CONTRACTS, "mrr.csv": MRR, "nps_relacional.csv": NPS, "tickets.csv": TICKETS,
    "nps_transacional_suporte.csv": SUPPORT, "telemetria_1.csv": USAGE, "historico.csv": PROPOSALS, "contatos.csv": CONTACTS,
    "responsaveis.csv": OWNERS, "unidades.csv": UNITS,
}  # fmt: skip


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Write the files into ``folder`` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder
