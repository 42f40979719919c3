"""Small files in the shapes of other people's systems, and how they are mapped."""

from tests.accounts.uploads import zipped

ACCOUNTS = (
    "\ufeffaccount_id,account_name,industry,country,signup_date,plan_tier,seats,churn_flag\r\n"
    "A-2e4581,Company_0,EdTech,US,16-10-2024,Basic,9,FALSE\r\n"
    "A-43a9e3,Company_1,FinTech,IN,05-08-2023,Basic,18,TRUE\r\n"
)
SUBSCRIPTIONS = (
    "\ufeffsubscription_id,account_id,start_date,end_date,plan_tier,seats,mrr_amount,arr_amount,churn_flag,billing_frequency\r\n"
    "S-1,A-2e4581,03-12-2023,12-04-2024,Enterprise,14,2786,33432,TRUE,monthly\r\n"
    "S-2,A-2e4581,13-04-2024,,Pro,17,833,9996,FALSE,monthly\r\n"
    "S-3,A-2e4581,13-04-2024,,Pro,17,833,9996,FALSE,monthly\r\n"
    "S-4,A-43a9e3,31-01-2024,,Basic,2,40,480,FALSE,annual\r\n"
)
USAGE = (
    "usage_id,subscription_id,usage_date,feature_name,usage_count,usage_duration_secs,error_count\n"
    "U-1,S-2,27-07-2024,feature_20,9,5004,0\nU-2,S-4,28-07-2024,feature_5,9,369,0\nU-2,S-4,28-07-2024,feature_5,9,369,0\n"
    "U-3,S-99,28-07-2024,feature_5,9,369,0\n"
)
TICKETS = (
    "ticket_id,account_id,submitted_at,closed_at,priority\n"
    "T-1,A-2e4581,27-07-2024,28-07-2024 03:00,high\nT-2,A-2e4581,01-08-2024,,low\n"
)
TELCO = (
    "customerID,tenure,Contract,PaymentMethod,MonthlyCharges,TotalCharges,Churn\n"
    "7590-VHVEG,1,Month-to-month,Electronic check,29.85,29.85,No\n4472-LVYGI,0,Two year,Mailed check,52.55, ,No\n"
    "3668-QPYBK,2,Month-to-month,Mailed check,53.85,108.15,Yes\n"
)


def header(text: str) -> list[str]:
    return text.lstrip("\ufeff").splitlines()[0].split(",")


def spec(name: str, base: str, file: str, columns: dict, **more) -> dict:
    """A mapping; a column is its header or a whole column spec."""
    full = {key: {"header": value} if isinstance(value, str) else value for key, value in columns.items()}
    return {"name": name, "title": name, "base": base, "header": header(file), "columns": full, **more}


CHURNED = {"header": "churn_flag", "translations": [["TRUE", "CANCELADO"], ["FALSE", "ATIVO"]]}
RAVEN = [
    spec("raven_accounts", "clientes", ACCOUNTS, {
        "customer": "account_id", "name": "account_name", "industry": "industry", "since": {"header": "signup_date", "order": "dmy"},
    }),
    spec("raven_lines", "dados_clientes", SUBSCRIPTIONS, {
        "customer": "account_id", "product": "plan_tier", "value": "arr_amount", "periodicity": "billing_frequency",
        "signed_on": {"header": "start_date", "order": "dmy"}, "status": CHURNED,
    }, reference="subscription_id"),
    spec("raven_mrr", "mrr", SUBSCRIPTIONS, {"customer": "account_id", "mrr": "mrr_amount"}, summed=True,
         where=[{"header": "churn_flag", "values": ["FALSE"]}]),
    spec("raven_usage", "telemetria", USAGE, {
        "customer": "subscription_id", "day": {"header": "usage_date", "order": "dmy"}, "module": "feature_name",
        "duration_ms": {"header": "usage_duration_secs", "factor": 1000},
    }, through="raven_lines"),
    spec("raven_tickets", "tickets", TICKETS, {
        "customer": "account_id", "number": "ticket_id", "created_on": {"header": "submitted_at", "order": "dmy"},
        "updated_on": {"header": "closed_at", "order": "dmy"}, "priority": "priority",
        "status": {"header": "closed_at", "translations": [["", "open"], ["*", "closed"]]},
    }),
]  # fmt: skip
RAVEN_FILES = {
    "ravenstack_accounts.csv": ACCOUNTS, "ravenstack_subscriptions.csv": SUBSCRIPTIONS,
    "ravenstack_feature_usage.csv": USAGE, "ravenstack_support_tickets.csv": TICKETS,
}  # fmt: skip


def workbook(sheet: str, rows: list[list[object]]) -> bytes:
    """The smallest workbook that holds these rows: texts inline, numbers as numbers, None as no cell at all."""
    lines = []
    for y, row in enumerate(rows, 1):
        cells = "".join(_cell(f"{chr(65 + x)}{y}", value) for x, value in enumerate(row) if value is not None)
        lines.append(f'<row r="{y}">{cells}</row>')
    main, office = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return zipped({
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>'.encode(),
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>'.encode(),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="{sheet}" sheetId="1" r:id="r1"/></sheets></workbook>'.encode(),
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'.encode(),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{"".join(lines)}</sheetData></worksheet>'.encode(),
    })  # fmt: skip


def _cell(place: str, value: object) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'
