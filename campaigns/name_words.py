"""Words that decide whether a capitalised word is a name: houses, products, companies, first names, ordinary words. Data only."""

# ruff: noqa: E501, SIM905 - lists of words are read as text

# Houses that may always be named, and products that may only be named where the offer or a fact does.
BRANDS = ("TOTVS Gestão", "TOTVS", "RD Station", "TechFin", "B2Shift")
# Names that are also ordinary words count only with a capital letter.
PRODUCTS = (
    "Logix", "Moda", "PDV", "Exact Sales", "Lexos", "RD Mentor", "Mais Negócios", "Antecipa", "Painel Financeiro", "Duplicata Digital", "Eleve",
    "TOTVS Pay", "TOTVS Backoffice", "Carol", "Sap", "Oracle", "Senior", "Sistemas Senior", "Stone", "Apple", "Amazon", "Google", "Slack",
    "Natura", "Vivo", "Gol", "Azul", "Localiza", "Raízen", "Globo", "Neon", "Creditas", "Tiny", "Bling", "Linx", "Sage", "Notion",
    "Monday.com", "RD Station CRM", "RD Station Marketing", "RD Station Conversas", "RD Conversas", "Backoffice",
)  # fmt: skip
ALWAYS_NAMES = (
    "Bling", "Oracle", "Lexos", "Creditas", "Microvix", "Deloitte", "Gartner", "Forrester", "McKinsey", "Sebrae",
    "Protheus", "Datasul", "Fluig", "Winthor", "Consinco", "Sienge", "Feedz", "Dimensa", "Tallos", "Shopify", "Salesforce", "HubSpot", "Power BI", "SAP",
    "Sankhya", "Omie", "Conta Azul", "ContaAzul", "Pipedrive", "ActiveCampaign", "Mailchimp", "Zoho", "Microsoft", "Dynamics 365", "NetSuite", "Odoo",
    "Magalu", "Magazine Luiza", "Ambev", "Petrobras", "Itaú", "Bradesco", "Nubank", "Santander", "Banco do Brasil", "Cielo", "PagSeguro", "Mercado Livre",
    "VTEX", "Embraer", "Zendesk", "Freshdesk", "Marketo", "QuickBooks", "Xero", "Intercom", "Tableau", "Qlik", "Totvs Protheus", "RM Labore", "Nuvemshop",
    "Locaweb", "Resultados Digitais", "LinkedIn Sales Navigator", "Workday", "Infor", "Asana", "Trello", "Jira", "ChatGPT", "Gemini", "Casas Bahia",
    "Carrefour", "Renner", "Gerdau", "Suzano", "WEG", "Whirlpool", "Unilever", "Nestlé", "Coca-Cola", "Volkswagen", "Toyota", "Acme", "Contoso", "Globex",
    "Initech", "Umbrella Corp", "Fabrikam", "Northwind",
)  # fmt: skip
TIERS = (
    "ouro", "prata", "bronze", "diamante", "platina", "premium", "pro", "plus", "enterprise", "gold", "silver", "platinum", "diamond", "starter", "basic",
    "basico", "avancado", "advanced", "professional", "profissional", "master", "ultimate", "essencial", "essential", "light", "lite", "max", "ultra", "vip",
    "turbo", "black", "business", "growth", "standard", "elite",
)  # fmt: skip
FIRST_NAMES = frozenset(
    (
        "adriana adriano afonso agnes alan alana alberto alessandra alessandro alex alexandra alexandre alice aline alison allan"
        " alvaro amanda amelia ana anderson andre andrea andreia andressa andrew angela anna anne anthony antonia antonio"
        " aparecida ariane arthur artur augusto barbara beatriz benedito benjamin bernardo beth betina bianca brandon brenda brian"
        " bruna bruno caio camila carla carlos carmen carol carolina caroline catarina catherine cecilia celia celso cesar charles"
        " charlotte christian christina christine cintia clara clarice claudia claudio cleber cristiane cristiano cristina daiane"
        " daniel daniela daniele danilo davi david debora deborah denis denise diana diego diogo donald douglas edson eduarda"
        " eduardo edward elaine eliana eliane elisa elizabeth elton emerson emily emma enzo eric erica erick erika ester esther"
        " evandro evelyn fabiana fabiano fabio fabricio felipe fernanda fernando filipe flavia flavio francisca francisco gabriel"
        " gabriela george geraldo gilberto gilson giovana giovanna gisele giulia gloria grace graziela guilherme gustavo hannah"
        " heitor helen helena helio henrique henry hugo igor ingrid iracema irene isabel isabela isabella isadora ivan ivone jack"
        " jacob jacqueline jaime james jane janaina jane jason jaqueline jean jeferson jefferson jennifer jessica joana joao"
        " joaquim joel john jonas jonathan jorge jose joseph josiane joyce juan julia juliana juliano julio karen karina karla"
        " katia kate kelly kevin kleber laila lara larissa laura leandro leonardo leticia lidia lilian liliane linda lisa lorena"
        " lourdes luan luana lucas lucia luciana luciano lucimara luis luisa luiz luiza lukas marcela marcelo marcia marcio marco"
        " marcos marcus margareth maria mariana marilia marina mario marisa mark marta martha mary mateus matheus matthew mauricio"
        " mauro maya megan melissa michael michel michele michelle miguel milena milton miranda monica murilo nadia nancy natalia"
        " natasha nathalia nelson nicolas nicole nilson noah olivia osvaldo oscar otavio pablo pamela patricia patrick paula paulo"
        " pedro peter priscila rachel rafael rafaela raimundo ralph ramon raquel raul rebecca rebeca regiane regina reginaldo"
        " renan renata renato ricardo richard rita robert roberta roberto robson rodolfo rodrigo rogerio ronaldo rosa rosana"
        " rosangela roseli ruth ryan sabrina samanta samantha samara samuel sandra sara sarah sebastiao sergio sheila silvana"
        " silvia silvio simon simone solange sofia sonia sophia sophie stella stephanie steven sueli susan suzana tais talita"
        " tania tatiana tatiane telma teresa tereza thais thalita thiago thomas tiago tomas tyler ubirajara vagner valdir valeria"
        " valter vanessa vania vera veronica vicente victor victoria vinicius vitor vitoria vivian viviane wagner walter wanda"
        " wellington wesley william willian wilson yara yasmin yuri zelia"
    ).split()
)
# First names that open English or Portuguese sentences as ordinary words too.
ALSO_WORDS = frozenset(
    "mark grace rosa gloria vera clara max will may june april bill art rich drew pat faith hope joy".split()
)
# Capitalised words that name nobody: abbreviations, titles, greetings, calendar, departments of a signature.
ORDINARY = frozenset(
    (
        "brl re res enc fw erps crms brasil brasileiro brasileira brazil brazilian portugues portuguese english ingles lgpd anpd"
        " cnpj cpf nfe nf-e nf-es nfs-e sped icms iss pix cep ti rh ia ai it hr api apis erp crm bi kpi kpis roi nps sla slas b2b"
        " b2c saas mrr arr qa ok ltda sa me epp eireli ceo cfo cto coo cmo voce voces sr sra srs sras dr dra mr mrs ms mx dear"
        " hello hi hey i ola oi abs att boa bom tarde dia noite segunda terca quarta quinta sexta sabado domingo feira monday"
        " tuesday wednesday thursday friday saturday sunday janeiro fevereiro marco abril maio junho julho agosto setembro outubro"
        " novembro dezembro january february march april may june july august september october november december natal reveillon"
        " christmas ps p.s pdf excel csv e-mail email whatsapp faq re fwd tv pme pmes smb dre sac cs csm sucesso relacionamento"
        " comercial atendimento vendas contas suporte customer success team sales account support care equipe time gerencia"
        " gerente consultoria cliente clientes the best regards wishes kind sincerely yours thanks thank you abraco abracos"
        " atenciosamente cordialmente obrigado obrigada mal hoje ate estado federal receita fazenda internet wi-fi web app online"
        " estamos bem vindo welcome ufa opa prezado prezada prezados caro cara seu sua your our my nosso nossa yes off coisas things"
        " ano-novo ano novo year new pascoa carnaval maes pais black friday spring summer autumn winter fall"
        " reforma tributaria simples nacional sefaz efd efd-reinf ct-e mdf-e cte esocial oee mtbf mttr pcp wms"
        " artificial inteligencia intelligence"
    ).split()
)
# Ordinary words that stand beside the name of a house: "Equipe TOTVS", "Hello from TechFin".
AROUND = frozenset(
    (
        "equipe time team a o as os the da do na no sr sra ola oi hello hi dear nossa nosso our your sua seu customer success"
        " sucesso cliente suporte support relacionamento comercial atendimento i e and com with de of obrigado thanks regards"
        " abracos central"
    ).split()
)
