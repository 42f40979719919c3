"""The declared byte shape of every demo file, written down apart from the code that makes them."""

from __future__ import annotations

TELEMETRY = [f"telemetria_{number}.csv" for number in range(1, 12)]
# name: (encoding, separator, line end, header line as it stands in the file)
SHAPES: dict[str, tuple[str, str, str, str]] = {
    "faturas.csv": ("utf-8", ";", "\r\n", "CD_CLIENTE;NR_FATURA;DT_EMISSAO;DT_VENCIMENTO;DT_PAGAMENTO;VL_FATURA"),
    "indicadores.csv": ("utf-8", ";", "\r\n", "INDICADOR;UNIDADE_MEDIDA;MES;UF;DS_SEGMENTO;VALOR"),
    "clientes_desde.csv": ("utf-8-sig", ";", "\r\n", "CLIENTE;CLIENTE_DESDE"),
    "dados_clientes.csv": (
        "utf-8",
        ";",
        "\r\n",
        "CD_CLIENTE;DS_PROD;DS_LIN_REC;CIDADE;DS_CNAE;DS_SEGMENTO;DS_SUBSEGMENTO;FAT_FAIXA;MARCA_TOTVS;MODAL_COMERC;"
        "PAIS;PERIODICIDADE;SITUACAO_CONTRATO;UF;VL_TOTAL_CONTRATO;DT_ASSINATURA_CONTRATO",
    ),
    "contratacoes_ultimos_12_meses.csv": (
        "utf-8",
        ";",
        "\r\n",
        "CD_CLIENTE;QTD_CONTRATACOES_12M;VLR_CONTRATACOES_12M",
    ),
    "historico.csv": (
        "utf-8",
        ";",
        "\r\n",
        "NR_PROPOSTA;ITEM_PROPOSTA;DT_UPLOAD;HOSPEDAGEM;CD_CLI;FAT_FAIXA;CD_PROD;QTD;MESES_BONIF;VL_PCT_DESC_TEMP;"
        "VL_PCT_DESCONTO;PRC_UNITARIO;VL_DESCONTO_TEMPORARIO;VL_TOTAL;VL_FULL;VL_DESCONTO",
    ),
    "mrr.csv": ("utf-8", ";", "\r\n", "CLIENTE;MRR_12M"),
    "nps_relacional.csv": (
        "utf-8",
        ";",
        "\r\n",
        "respondedAt;metadata_codcliente;resposta_NPS;resposta_unidade;Nota_SupTec_Agilidade;Nota_SupTec_Atendimento;"
        "Nota_Comercial;Nota_Custos;Nota_AdmFin_Atendimento;Nota_Software;Nota_Software_Atualizacao",
    ),
    "nps_transacional_aquisicao.csv": (
        "cp1252",
        ";",
        "\r\n",
        "Cód. Cliente;Data da Resposta;Nota NPS;Nota Agilidade;Nota Conhecimento;Nota Custo;Nota Facilidade;"
        "Nota Flexibilidade",
    ),
    "nps_transacional_implantacao.csv": (
        "cp1252",
        ";",
        "\r\n",
        "Cód. Cliente;Data da Resposta;Nota NPS;Nota Metodologia;Nota Gestao;Nota Conhecimento;Nota Qualidade;"
        "Nota Comunicacao;Nota Prazos",
    ),
    "nps_transacional_onboarding.csv": (
        "cp1252",
        ";",
        "\r\n",
        "Data de resposta;Cod Cliente;Em uma escala de 0 a 10, quanto você recomenda o Onboarding da TOTVS para um "
        "amigo ou colega?.;Em uma escala de 0 a 10, o quanto você acredita que o atendimento CS Onboarding ajudou no "
        'início da sua trajetória com a TOTVS?;"- Duração do tempo na realização da reunião de Onboarding;";'
        '"- Clareza no acesso aos canais de comunicação da TOTVS;";"- Clareza nas informações em geral transmitidas '
        'pelo CS que lhe atendeu no Onboarding;";- Expectativas atendidas no Onboarding da TOTVS.',
    ),
    "nps_transacional_produto.csv": (
        "cp1252",
        ";",
        "\r\n",
        "Data da Resposta;Linha de Produto;Nome do Produto;Nota;Cód. T",
    ),
    "nps_transacional_suporte.csv": (
        "utf-8",
        ";",
        "\r\n",
        "ticket;resposta_NPS;grupo_NPS;Nota_ConhecimentoAgente;Nota_Solucao;Nota_TempoRetorno;Nota_Facilidade;"
        "Nota_Satisfacao;cliente",
    ),
    "tickets.csv": (
        "utf-8",
        ";",
        "\r\n",
        "CODIGO_ORGANIZACAO;NOME_GRUPO;TIPO_TICKET;STATUS_TICKET;DT_CRIACAO;DT_ATUALIZACAO;BK_TICKET;PRIORIDADE_TICKET",
    ),
    **dict.fromkeys(
        TELEMETRY,
        (
            "utf-8",
            ",",
            "\n",
            "clienteid,eventduration,moduloid,productlineid,referencedatestart,slotid,statuslicenca,tcloud,clienteprime",
        ),
    ),
    "contatos.csv": (
        "utf-8",
        ";",
        "\r\n",
        "CD_CLIENTE;CONTATO_ID;NOME;CARGO;EMAIL;TELEFONE;IDIOMA;PRINCIPAL;CONSENTE_MARKETING;CONSENTE_SERVICO;"
        "CONSENTE_CREDITO;BASE_LEGAL;DT_CONSENTIMENTO;FUSO",
    ),
    "responsaveis.csv": (
        "utf-8",
        ";",
        "\r\n",
        "CD_CLIENTE;NOME_FANTASIA;CNPJ;RESPONSAVEL_EMAIL;RESPONSAVEL_NOME",
    ),
    "unidades.csv": ("utf-8", ";", "\r\n", "LINHA;UNIDADE"),
    "truth.csv": ("utf-8", ";", "\r\n", "customer;archetype"),
}
