"""The byte layout of every file of the source: header, separator, encoding, line end."""

from __future__ import annotations

from accounts.demo.writers import Layout

TELEMETRY_FILES = 11

_TELEMETRY = Layout(
    (
        "clienteid", "eventduration", "moduloid", "productlineid", "referencedatestart", "slotid",
        "statuslicenca", "tcloud", "clienteprime",
    ),
    sep=",",
    newline="\n",
)  # fmt: skip

LAYOUTS: dict[str, Layout] = {
    "clientes_desde.csv": Layout(("CLIENTE", "CLIENTE_DESDE"), encoding="utf-8-sig"),
    "dados_clientes.csv": Layout(
        (
            "CD_CLIENTE", "DS_PROD", "DS_LIN_REC", "CIDADE", "DS_CNAE", "DS_SEGMENTO", "DS_SUBSEGMENTO",
            "FAT_FAIXA", "MARCA_TOTVS", "MODAL_COMERC", "PAIS", "PERIODICIDADE", "SITUACAO_CONTRATO", "UF",
            "VL_TOTAL_CONTRATO", "DT_ASSINATURA_CONTRATO",
        )
    ),
    "contratacoes_ultimos_12_meses.csv": Layout(
        ("CD_CLIENTE", "QTD_CONTRATACOES_12M", "VLR_CONTRATACOES_12M")
    ),
    "historico.csv": Layout(
        (
            "NR_PROPOSTA", "ITEM_PROPOSTA", "DT_UPLOAD", "HOSPEDAGEM", "CD_CLI", "FAT_FAIXA", "CD_PROD",
            "QTD", "MESES_BONIF", "VL_PCT_DESC_TEMP", "VL_PCT_DESCONTO", "PRC_UNITARIO",
            "VL_DESCONTO_TEMPORARIO", "VL_TOTAL", "VL_FULL", "VL_DESCONTO",
        )
    ),
    "mrr.csv": Layout(("CLIENTE", "MRR_12M")),
    "nps_relacional.csv": Layout(
        (
            "respondedAt", "metadata_codcliente", "resposta_NPS", "resposta_unidade", "Nota_SupTec_Agilidade",
            "Nota_SupTec_Atendimento", "Nota_Comercial", "Nota_Custos", "Nota_AdmFin_Atendimento",
            "Nota_Software", "Nota_Software_Atualizacao",
        )
    ),
    "nps_transacional_aquisicao.csv": Layout(
        (
            "Cód. Cliente", "Data da Resposta", "Nota NPS", "Nota Agilidade", "Nota Conhecimento",
            "Nota Custo", "Nota Facilidade", "Nota Flexibilidade",
        ),
        encoding="cp1252",
    ),
    "nps_transacional_implantacao.csv": Layout(
        (
            "Cód. Cliente", "Data da Resposta", "Nota NPS", "Nota Metodologia", "Nota Gestao",
            "Nota Conhecimento", "Nota Qualidade", "Nota Comunicacao", "Nota Prazos",
        ),
        encoding="cp1252",
    ),
    "nps_transacional_onboarding.csv": Layout(
        (
            "Data de resposta",
            "Cod Cliente",
            "Em uma escala de 0 a 10, quanto você recomenda o Onboarding da TOTVS para um amigo ou colega?.",
            "Em uma escala de 0 a 10, o quanto você acredita que o atendimento CS Onboarding ajudou no "
            "início da sua trajetória com a TOTVS?",
            "- Duração do tempo na realização da reunião de Onboarding;",
            "- Clareza no acesso aos canais de comunicação da TOTVS;",
            "- Clareza nas informações em geral transmitidas pelo CS que lhe atendeu no Onboarding;",
            "- Expectativas atendidas no Onboarding da TOTVS.",
        ),
        encoding="cp1252",
    ),
    "nps_transacional_produto.csv": Layout(
        ("Data da Resposta", "Linha de Produto", "Nome do Produto", "Nota", "Cód. T"), encoding="cp1252"
    ),
    "nps_transacional_suporte.csv": Layout(
        (
            "ticket", "resposta_NPS", "grupo_NPS", "Nota_ConhecimentoAgente", "Nota_Solucao",
            "Nota_TempoRetorno", "Nota_Facilidade", "Nota_Satisfacao", "cliente",
        )
    ),
    "tickets.csv": Layout(
        (
            "CODIGO_ORGANIZACAO", "NOME_GRUPO", "TIPO_TICKET", "STATUS_TICKET", "DT_CRIACAO",
            "DT_ATUALIZACAO", "BK_TICKET", "PRIORIDADE_TICKET",
        )
    ),
    **{f"telemetria_{number}.csv": _TELEMETRY for number in range(1, TELEMETRY_FILES + 1)},
    "contatos.csv": Layout(
        (
            "CD_CLIENTE", "CONTATO_ID", "NOME", "CARGO", "EMAIL", "TELEFONE", "IDIOMA", "PRINCIPAL",
            "CONSENTE_MARKETING", "CONSENTE_SERVICO", "CONSENTE_CREDITO", "BASE_LEGAL", "DT_CONSENTIMENTO",
            "FUSO",
        )
    ),
    "responsaveis.csv": Layout(
        ("CD_CLIENTE", "NOME_FANTASIA", "CNPJ", "RESPONSAVEL_EMAIL", "RESPONSAVEL_NOME")
    ),
    "unidades.csv": Layout(("LINHA", "UNIDADE")),
    "faturas.csv": Layout(
        ("CD_CLIENTE", "NR_FATURA", "DT_EMISSAO", "DT_VENCIMENTO", "DT_PAGAMENTO", "VL_FATURA")
    ),
    "indicadores.csv": Layout(("INDICADOR", "UNIDADE_MEDIDA", "MES", "UF", "DS_SEGMENTO", "VALOR")),
    "truth.csv": Layout(("customer", "archetype")),
}  # fmt: skip
