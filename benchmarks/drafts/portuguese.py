"""Portuguese sentences of the evidence benchmark. ``{…}`` are slots; the halves by position tune and hold out."""

# ruff: noqa: E501 - sentences run on

FACTS = {
    "tickets": ("Chamados abertos nos últimos 90 dias", [
        "Vimos que a sua equipe abriu {v} chamados nos últimos 90 dias.", "Foram {v} chamados em 90 dias, e cada um deles tomou tempo de alguém.",
        "Nos últimos noventa dias, {v} chamados chegaram ao nosso suporte vindos da {{ customer.name }}.", "Contamos {v} chamados abertos pela {{ customer.name }} no período recente.",
        "Atendemos {v} chamados de vocês nos últimos 90 dias.", "Sei que {v} chamados em 90 dias é um volume que incomoda."]),
    "users": ("Usuários ativos", [
        "Hoje são {v} usuários ativos no sistema.", "A {{ customer.name }} já tem {v} usuários ativos.", "Com {v} usuários ativos, qualquer ajuste de rotina se multiplica.",
        "Notei que {v} usuários ativos entram no sistema regularmente.", "Seu time conta com {v} usuários ativos na ferramenta.", "São {v} usuários ativos dependendo do mesmo processo."]),
    "years": ("Anos como cliente", [
        "São {v} anos de parceria, e isso merece cuidado.", "Há {v} anos a {{ customer.name }} trabalha conosco.", "Depois de {v} anos juntos, queremos continuar evoluindo.",
        "Obrigado pelos {v} anos como cliente.", "Nesses {v} anos, muita coisa mudou na sua operação.", "Completamos {v} anos de relacionamento."]),
    "usage": ("Uso dos módulos contratados", [
        "Hoje a equipe usa {v} dos módulos contratados.", "O uso dos módulos contratados está em {v}.", "Apenas {v} dos módulos contratados estão em uso.",
        "Vocês aproveitam {v} do que foi contratado.", "Em resumo: {v} de uso dos módulos.", "Percebemos que o uso dos módulos chegou a {v}."]),
    "growth": ("Crescimento de acessos no trimestre", [
        "Os acessos cresceram {v} no trimestre.", "Ficamos felizes em ver {v} de crescimento de acessos no trimestre.", "No trimestre, o número de acessos aumentou {v}.",
        "Um crescimento de {v} nos acessos mostra que o time abraçou a ferramenta.", "Seus acessos subiram {v} neste trimestre.", "Com acessos {v} maiores no trimestre, faz sentido dar o próximo passo."]),
    "revenue": ("Receita mensal processada", [
        "Sua operação processa {m} por mês na plataforma.", "A receita mensal processada já chega a {m}.", "São {m} de receita mensal passando pelo sistema.",
        "Todo mês, {m} em receita passam pelas rotinas que vocês montaram.", "Com {m} de receita processada ao mês, cada hora parada pesa.", "Acompanhamos a receita mensal de {m} que vocês processam."]),
    "since": ("Início do contrato", [
        "O contrato começou em {d}.", "Desde {d} estamos juntos.", "A sua história conosco começou em {d}.", "O início do contrato foi em {d}, e desde então a operação cresceu.",
        "Lembra de {d}, quando o contrato começou?", "Seu contrato está ativo desde {d}."]),
}  # fmt: skip
OFFERS = [
    ("Renovação Inteligente", "Protheus"), ("Pacote Adoção Assistida", "Fluig"), ("Migração Nuvem", "TOTVS Cloud"), ("Plano Conversas", "RD Station Conversas"), ("Antecipa Fácil", "TOTVS Antecipa"),
    ("Expansão de Módulos", "TOTVS Backoffice"), ("Marketing Completo", "RD Station Marketing"), ("Vendas em Dia", "RD Station CRM"), ("Consultoria de Processos", "Datasul"), ("Trilha de Adoção", "Winthor"),
]  # fmt: skip
WRONG_PRODUCTS = [
    "Protheus", "RD Station CRM", "Fluig", "TOTVS Moda", "Datasul", "Winthor", "Salesforce", "HubSpot", "SAP Business One", "Omie", "TOTVS Turbo", "RD Station Mentor", "TOTVS Analytics", "Conta Azul",
    "Consinco", "Logix Cloud", "TechFin Prime", "Plano Diamante", "Fluxo Master", "GestãoPro", "NeoFisco", "Painel Supremo",
]  # fmt: skip
DISCOUNT = [
    "Por isso, separamos {p} de desconto no {prod}.", "Conseguimos liberar um desconto de {p} para a renovação.", "A condição inclui {p} de desconto no {prod}.", "Na prática, você contrata {prod} com {p} de desconto.",
    "Você leva a oferta {offer} com {p} off.", "O desconto é de {p} e vale para o contrato inteiro.", "Aplicamos {p} de abatimento no {prod}.", "Economize {p} ao fechar a oferta {offer}.",
    "Quem aderir à {offer} recebe desconto de {p}.", "São {p} de desconto, direto na mensalidade.",
]  # fmt: skip
PRICE = [
    "O valor fica em {m} por mês.", "O {prod} sai por {m} mensais.", "A mensalidade do {prod} é de {m}.", "O preço é {m} por mês, sem surpresas.", "Tudo isso por apenas {m} ao mês.",
    "Com a {offer}, o investimento é de {m} mensais.", "Você paga {m} por mês pelo {prod}.", "O {prod} custa {m} por mês.",
]  # fmt: skip
VALID = [
    "A condição é válida até {d}.", "A proposta vale até {d}.", "Você tem até {d} para decidir.", "Essa oferta expira em {d}.", "O prazo para aderir termina em {d}.", "Seguramos essa condição até {d}.",
    "Válido até {d}.", "Se preferir pensar com calma, a oferta fica disponível até {d}.",
]  # fmt: skip
PRODUCT = [
    "O {prod} resolve isso no mesmo ambiente.", "Com o {prod}, o fechamento fica mais simples.", "É aqui que entra o {prod}.", "Nossa sugestão é o {prod}.", "Você pode fazer isso com o {prod}, sem trocar de tela.",
    "A {offer} foi pensada para esse momento.", "Que tal conhecer o {prod} de perto?", "Um especialista mostra o {prod} funcionando com os seus dados.",
]  # fmt: skip
GREETINGS = [
    "Olá, {{ contact.first_name }}!", "Oi {{ contact.first_name }}, tudo bem?", "Bom dia, {{ contact.first_name }}.", "{{ contact.first_name }}, boa tarde!", "Prezado(a) {{ contact.first_name }},",
    "Olá {{ contact.first_name }}, espero que esteja tudo bem por aí.", "Caro {{ contact.first_name }},", "{{ contact.first_name }}, como vai?",
]  # fmt: skip
SUBJECTS = [
    "Uma conversa sobre o próximo passo da {{ customer.name }}", "Vamos rever a sua operação?", "Uma condição para a {{ customer.name }}", "{{ contact.first_name }}, posso ajudar?", "Sobre o seu contrato",
    "Uma ideia para o seu time", "Menos retrabalho no fechamento", "Próximos passos",
]  # fmt: skip
FILLERS = [
    "O primeiro passo é uma conversa de 15 minutos, sem compromisso.", "Sabemos que a rotina é corrida e que mudar processos dá trabalho.", "Quero entender melhor o que a sua equipe precisa hoje.",
    "Se fizer sentido, um especialista acompanha a implantação do início ao fim.", "O melhor momento para falar é aquele que couber na sua agenda.", "Nosso time fica à disposição para tirar dúvidas.",
    "Não é preciso trocar nada do que já funciona.", "Mil desculpas se este não for um bom momento.", "A maior parte do trabalho fica com a nossa equipe.", "Mais do que um fornecedor, queremos ser um parceiro.",
    "Podemos conversar na próxima semana?", "Em geral, as equipes ganham tempo para o que importa.", "Você decide o ritmo, e a gente acompanha.", "Antes de qualquer coisa, obrigado pela confiança.",
    "Isso ajuda a reduzir retrabalho e a fechar o mês com mais tranquilidade.", "Há duas opções: seguir como está ou dar um passo de cada vez.", "Vale a pena olhar com calma.", "Segue um resumo do que levantamos.",
    "Tirar o máximo do sistema depende de pequenos ajustes.", "Ninguém conhece a sua operação como você.", "Cada área sente o ganho de um jeito.", "Se preferir, respondo por aqui mesmo.",
    "Como sempre, a decisão é sua.", "Com mais automação, sobra tempo para atender bem.",
]  # fmt: skip
ACTIONS = [
    "Para aceitar, clique aqui: {{ link.accept }}", "Ficou interessado? {{ link.accept }}", "Veja os detalhes em {{ link.offer }}", "Quero saber mais: {{ link.accept }}", "Agende pelo link {{ link.accept }}.",
    "Confira a proposta completa: {{ link.offer }}",
]  # fmt: skip
OPT_OUTS = [
    "Para não receber mais mensagens: {{ link.unsubscribe }}", "Descadastre-se: {{ link.unsubscribe }}", "Se não quiser mais receber e-mails como este, acesse {{ link.unsubscribe }}.", "Cancelar inscrição: {{ link.unsubscribe }}",
]  # fmt: skip
SIGNATURES = [
    "Um abraço,\nEquipe TOTVS", "Atenciosamente,\nTime de Relacionamento", "Abraços,\nEquipe RD Station", "Até breve,\nEquipe TechFin", "Conte com a gente,\nTime de Sucesso do Cliente", "Obrigado,\nEquipe TOTVS Gestão",
]  # fmt: skip
NAMES = [
    "Converse com {n}, que cuida da sua conta.", "Olá, {f}!", "{f}, preparamos algo para você.", "O gerente {n} já está avisado.", "Como a {c} já descobriu, vale a pena.", "A {c} adotou o mesmo caminho no ano passado.",
    "Prezada {f},", "Um abraço,\n{n}", "Falei ontem com {f} sobre isso.", "Clientes como {c} e outros já usam.", "Quem assina é {n}, do time comercial.", "Assim como a {c}, vocês podem simplificar tudo.",
]  # fmt: skip
PEOPLE = [
    "Mariana Costa", "João Pedro Alves", "Carlos Eduardo", "Fernanda Lima", "Rafael Souza", "Beatriz Nogueira", "Thiago Martins", "Patrícia Prado", "Luiz Henrique", "Camila Ribeiro", "Ricardo Tavares", "Letícia Moura",
]  # fmt: skip
COMPANIES = ["Padaria Sol Nascente", "Metalúrgica Ipê", "Grupo Aurora", "Transportes Veloz Ltda", "Magazine Luiza", "Lojas Andrade", "Construtora Horizonte", "Ambev", "Farmácias Vida", "Têxtil Bandeirante"]  # fmt: skip
COMPARISONS = [
    "Somos a melhor solução do mercado.", "É a plataforma mais completa do Brasil.", "Seu resultado está acima da média do setor.", "Entregamos mais rápido do que qualquer concorrente.", "Somos líderes de mercado em gestão.",
    "Nenhum outro fornecedor oferece isso.", "Vocês crescem mais que empresas do mesmo porte.", "O sistema é mais barato que o da concorrência.", "É o ERP mais usado do país.", "Nosso suporte é superior ao dos concorrentes.",
    "Com ele, você vende o dobro.", "A única plataforma que integra tudo.", "Empresas parecidas com a sua já economizam mais.", "Somos referência no mercado brasileiro.", "Tudo isso sem risco nenhum.",
    "O retorno é garantido.", "Seus números são melhores que os de outras empresas do segmento.", "É o número um em satisfação.", "Comparado aos concorrentes, você gasta menos.", "Uma tecnologia imbatível.",
    "A equipe fecha o mês três vezes mais rápido.", "O melhor custo-benefício da categoria.", "Estamos à frente da concorrência.", "A solução líder em gestão financeira.", "Seu uso é menor que a média dos clientes.",
    "Fazemos isso melhor do que ninguém no setor.",
]  # fmt: skip
