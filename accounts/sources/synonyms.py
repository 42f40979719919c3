"""What other people call the columns of our sources, in Portuguese and English: for suggesting a mapping, never for reading."""

COMMON: dict[str, tuple[str, ...]] = {
    "customer": (
        "account_id", "customer_id", "client_id", "company_id", "organization_id", "org_id", "customer", "client", "account",
        "cliente", "id_cliente", "codigo_cliente", "cod_cliente", "conta", "empresa_id", "tenant_id", "customer_code",
    ),
    "name": (
        "account_name", "customer_name", "company_name", "client_name", "company", "name", "nome", "empresa",
        "razao_social", "nome_fantasia", "nome_cliente",
    ),
    "cnpj": ("cnpj", "cnpj_cpf", "tax_id", "documento"),
    "city": ("city", "town", "municipio", "cidade"),
    "state": ("state", "uf", "estado", "region", "province"),
    "country": ("country", "country_code", "pais"),
    "cnae": ("cnae", "economic_activity", "atividade", "atividade_economica"),
    "industry": ("industry", "sector", "vertical", "segmento", "setor", "ramo", "market_segment"),
    "subindustry": ("sub_industry", "subsegment", "subsegmento", "subsetor"),
    "revenue_band": ("revenue_band", "company_size", "faixa_faturamento", "porte"),
    "since": (
        "signup_date", "customer_since", "cliente_desde", "data_cadastro", "joined_on", "created_at", "data_inicio",
        "start_date", "onboarded_on",
    ),
    "product": ("product", "product_name", "produto", "plan_tier", "plan", "plano", "service", "servico", "sku", "package"),
    "line": ("product_line", "linha", "linha_produto", "product_family", "category"),
    "status": ("status", "situacao", "churn_flag", "churn", "churned", "cancelled", "cancelado", "active", "ativo", "state"),
    "score": ("score", "nps", "nps_score", "nota", "rating", "recommend", "likelihood_to_recommend"),
    "answered_on": ("answered_at", "responded_at", "response_date", "data_resposta", "date", "data", "created_at"),
    "email": ("email", "e_mail", "email_address", "mail"),
    "phone": ("phone", "telephone", "telefone", "celular", "mobile"),
    "job_title": ("job_title", "title", "cargo", "role", "position"),
    "ref": ("contact_id", "person_id", "id_contato", "contato_id", "user_id"),
    "marketing": ("marketing_consent", "opt_in", "consent", "aceita_marketing", "consente_marketing", "newsletter"),
    "owner_email": ("owner_email", "account_manager_email", "email_responsavel", "sales_rep_email"),
    "owner_name": ("owner", "account_manager", "responsavel", "vendedor", "sales_rep"),
}  # fmt: skip
BY_BASE: dict[str, dict[str, tuple[str, ...]]] = {
    "dados_clientes": {
        "value": (
            "contract_value", "value", "valor", "valor_contrato", "arr_amount", "arr", "amount", "total", "total_charges", "tcv",
        ),
        "signed_on": ("start_date", "signed_on", "contract_date", "data_assinatura", "data_inicio", "subscription_start"),
        "periodicity": ("billing_frequency", "billing_period", "periodicidade", "billing_cycle"),
        "modality": ("contract", "contract_type", "modalidade", "tipo_contrato"),
        "brand": ("brand", "marca"),
    },
    "mrr": {"mrr": ("mrr", "mrr_amount", "monthly_charges", "monthly_revenue", "mensalidade", "receita_mensal", "monthly_fee")},
    "contratacoes_ultimos_12_meses": {
        "quantity": ("quantity", "purchases", "orders", "quantidade", "pedidos"),
        "value": ("value", "amount", "valor", "total"),
    },
    "historico": {
        "number": ("proposal_id", "quote_id", "quote", "proposta", "numero_proposta", "opportunity_id"),
        "uploaded_on": ("quote_date", "proposal_date", "data_proposta", "date", "data"),
        "total": ("total", "amount", "valor_total", "valor"),
        "full_price": ("list_price", "full_price", "preco_tabela"),
        "discount_percent": ("discount_percent", "percentual_desconto"),
        "quantity": ("quantity", "quantidade", "qty"),
    },
    "tickets": {
        "number": ("ticket_id", "ticket", "ticket_number", "case_id", "case_number", "chamado", "numero_chamado", "protocolo"),
        "created_on": ("submitted_at", "created_at", "opened_at", "created", "data_abertura", "abertura", "data_criacao"),
        "updated_on": ("closed_at", "resolved_at", "updated_at", "data_fechamento", "fechamento", "data_atualizacao"),
        "priority": ("priority", "prioridade", "severity", "urgencia"),
        "kind": ("type", "ticket_type", "tipo", "category", "categoria"),
        "group": ("team", "queue", "group", "equipe", "fila", "grupo", "department"),
        "status": ("status", "ticket_status", "situacao"),
    },
    "telemetria": {
        "day": ("usage_date", "event_date", "day", "date", "data", "dia", "timestamp", "event_time"),
        "duration_ms": ("usage_duration_secs", "duration_seconds", "duration_ms", "duration", "duracao", "session_length"),
        "module": ("feature_name", "feature", "module", "modulo", "recurso", "screen", "funcionalidade"),
        "product_line": ("product_line", "product", "produto"),
        "licence": ("licence_status", "license_status"),
    },
    "faturas": {
        "number": ("invoice_id", "invoice", "invoice_number", "fatura", "numero_fatura", "nota_fiscal", "nf", "titulo"),
        "issued_on": ("invoice_date", "issued_on", "issue_date", "emissao", "data_emissao"),
        "due_on": ("due_date", "due_on", "vencimento", "data_vencimento"),
        "paid_on": ("paid_on", "paid_at", "payment_date", "pagamento", "data_pagamento", "paid_date"),
        "value": ("amount", "value", "invoice_amount", "total", "valor", "valor_fatura"),
    },
    "indicadores": {
        "code": ("indicator", "series", "indicador", "serie"),
        "unit": ("unit", "unidade", "unidade_medida"),
        "month": ("month", "mes", "date", "data", "reference_month", "competencia"),
        "value": ("value", "valor"),
    },
    "contatos": {"name": ("contact_name", "full_name", "name", "nome", "nome_contato", "first_name")},
}  # fmt: skip


def synonyms(base: str, field: str) -> tuple[str, ...]:
    """Other names of a field of a declared source, the likeliest first."""
    return BY_BASE.get(base, {}).get(field, ()) or COMMON.get(field, ())
