"""English sentences of the evidence benchmark. ``{…}`` are slots; the halves by position tune and hold out."""

# ruff: noqa: E501 - sentences run on

FACTS = {
    "tickets": ("Support tickets in the last 90 days", [
        "Your team opened {v} support tickets in the last 90 days.", "We counted {v} tickets over the past 90 days, and each of them cost somebody time.", "In the last ninety days, {{ customer.name }} raised {v} tickets with us.",
        "I know that {v} tickets in 90 days is a lot to deal with.", "Our desk handled {v} support tickets from you.", "There were {v} tickets from your side in the last 90 days."]),
    "users": ("Active users", [
        "You now have {v} active users.", "With {v} active users, every small improvement counts.", "{{ customer.name }} already has {v} active users in the system.", "Today {v} active users rely on the same process.",
        "I noticed that {v} users are active in your environment.", "All {v} active users could benefit."]),
    "years": ("Years as a customer", [
        "We have worked together for {v} years.", "Thank you for {v} years as a customer.", "After {v} years together, we would like to keep improving.", "It has been {v} years since we started, and much has changed.",
        "Over {v} years, your operation has evolved.", "{v} years of partnership deserve some care."]),
    "usage": ("Usage of contracted modules", [
        "Your team uses {v} of the contracted modules.", "Usage of the contracted modules stands at {v}.", "Only {v} of your contracted modules are in use.", "At the moment you get value from {v} of what you contracted.",
        "Module usage has reached {v}.", "In short: {v} of contracted modules are used today."]),
    "growth": ("Growth in logins this quarter", [
        "Logins grew {v} this quarter.", "We were glad to see {v} growth in logins this quarter.", "This quarter the number of logins increased by {v}.", "A {v} rise in logins shows that the team has embraced the tool.",
        "Your logins are up {v} on the quarter.", "With logins growing {v}, the next step makes sense."]),
    "revenue": ("Monthly revenue processed", [
        "Your operation processes {m} a month on the platform.", "Monthly revenue processed has reached {m}.", "Every month, {m} in revenue runs through the routines that you set up.", "You run {m} of monthly revenue through the system.",
        "With {m} in revenue processed per month, every idle hour matters.", "We can see monthly revenue of {m} in your account."]),
    "since": ("Contract start", [
        "Your contract started on {d}.", "We have been together since {d}.", "Your story with us began on {d}.", "The contract began on {d}, and your operation has grown since.", "Do you remember {d}, when we started?",
        "The contract start was {d}."]),
}  # fmt: skip
OFFERS = [
    ("Smart Renewal", "Protheus"), ("Guided Adoption", "Fluig"), ("Cloud Move", "TOTVS Cloud"), ("Conversations Plan", "RD Station Conversas"), ("Easy Advance", "TOTVS Antecipa"), ("Module Expansion", "TOTVS Backoffice"),
    ("Complete Marketing", "RD Station Marketing"), ("Sales on Track", "RD Station CRM"), ("Process Review", "Datasul"), ("Adoption Track", "Winthor"),
]  # fmt: skip
WRONG_PRODUCTS = [
    "Protheus", "RD Station CRM", "Fluig", "TOTVS Fashion", "Datasul", "Winthor", "Salesforce", "HubSpot", "SAP Business One", "Zoho Books", "TOTVS Turbo", "RD Station Mentor", "TOTVS Analytics", "NetSuite",
    "Consinco", "Logix Cloud", "TechFin Prime", "LedgerPro", "Diamond Suite", "FlowMaster", "Odoo", "CashPilot",
]  # fmt: skip
DISCOUNT = [
    "That is why we have set aside a {p} discount on {prod}.", "We can offer {p} off {prod}.", "You get {p} off for the whole contract.", "With {offer}, the discount is {p}.", "Renew now and save {p}.",
    "The terms include a discount of {p} on your renewal.", "We have secured {p} off your next invoice for {prod}.", "Sign up for {offer} at a {p} discount.", "A discount of {p} applies from the first month.", "Take {p} off the list price of {prod}.",
]  # fmt: skip
PRICE = [
    "The price is {m} per month.", "{prod} costs {m} a month.", "You would pay {m} per month for {prod}.", "All of this for just {m} monthly.", "The monthly fee for {prod} is {m}.", "With {offer}, it comes to {m} a month.",
    "You can have {prod} for {m} per month.", "Pricing starts at {m} per month.",
]  # fmt: skip
VALID = [
    "The offer is valid until {d}.", "These terms hold until {d}.", "You have until {d} to decide.", "The offer expires on {d}.", "Please let us know by {d}.", "The terms end on {d}.", "Valid through {d}.",
    "We will keep this open for you until {d}.",
]  # fmt: skip
PRODUCT = [
    "{prod} takes care of this in the same environment.", "With {prod}, closing the books gets simpler.", "This is where {prod} comes in.", "Our suggestion is {prod}.", "You can do this with {prod}, without switching screens.",
    "{offer} was designed for this moment.", "Would you like a closer look at {prod}?", "A specialist can show you {prod} running on your own data.",
]  # fmt: skip
GREETINGS = [
    "Hello {{ contact.first_name }},", "Hi {{ contact.first_name }}, I hope you are well.", "Dear {{ contact.first_name }},", "Good morning, {{ contact.first_name }}!", "{{ contact.first_name }}, a quick note.",
    "Hi there {{ contact.first_name }},", "Good afternoon {{ contact.first_name }},", "Hey {{ contact.first_name }}!",
]  # fmt: skip
SUBJECTS = [
    "The next step for {{ customer.name }}", "Shall we review your setup?", "Terms for {{ customer.name }}", "{{ contact.first_name }}, can we help?", "About your contract", "An idea for your team", "Less rework at month end", "Next steps",
]  # fmt: skip
FILLERS = [
    "The first step is a 15-minute call, no strings attached.", "We know that days are busy and that changing routines takes effort.", "I would like to better understand what your team needs today.",
    "If it makes sense, a specialist stays with you from start to finish.", "The best time to talk is whenever suits you.", "Our team is here to answer your questions.", "Nothing that already works has to change.",
    "Sorry if this is not a good moment.", "Most of the work stays with us.", "We want to be more than a vendor.", "Could we talk next week?", "Teams usually find more time for what matters.", "You set the pace, and we follow.",
    "First of all, thank you for your trust.", "It helps to cut rework and close the month calmly.", "There are two options: carry on as you are, or move one step at a time.", "It is worth a closer look.",
    "Here is a summary of what we found.", "Getting the most out of the system depends on small adjustments.", "Nobody knows your operation as you do.", "Each area feels the benefit in its own way.",
    "If you prefer, just reply to this message.", "As always, the decision is yours.", "More automation leaves more time for customers.",
]  # fmt: skip
ACTIONS = [
    "To accept, click here: {{ link.accept }}", "Interested? {{ link.accept }}", "See the details at {{ link.offer }}", "Tell me more: {{ link.accept }}", "Book a slot with {{ link.accept }}.", "Read the full proposal: {{ link.offer }}",
]  # fmt: skip
OPT_OUTS = [
    "To stop receiving messages: {{ link.unsubscribe }}", "Unsubscribe: {{ link.unsubscribe }}", "If you would rather not get e-mails like this one, use {{ link.unsubscribe }}.", "Opt out here: {{ link.unsubscribe }}",
]  # fmt: skip
SIGNATURES = [
    "Best regards,\nThe TOTVS team", "Kind regards,\nCustomer Success Team", "Cheers,\nThe RD Station team", "Talk soon,\nThe TechFin team", "Sincerely,\nYour account team", "Thanks,\nThe TOTVS Gestão team",
]  # fmt: skip
NAMES = [
    "Talk to {n}, who looks after your account.", "Hello {f},", "{f}, we have prepared something for you.", "Your manager {n} already knows.", "As {c} found out, it is worth the effort.", "{c} took the same path last year.",
    "Dear {f},", "Best,\n{n}", "I spoke with {f} about it yesterday.", "Customers such as {c} already use it.", "This is {n} from the sales team.", "Like {c}, you can simplify everything.",
]  # fmt: skip
PEOPLE = [
    "Mary Johnson", "John Miller", "Charles Baker", "Jennifer Lee", "Robert Hughes", "Emily Carter", "Michael Stone", "Patricia Moore", "Daniel Wright", "Laura Bennett", "Carlos Mendes", "Fernanda Lima",
]  # fmt: skip
COMPANIES = ["Sunrise Bakery", "Ironwood Metals", "Aurora Group", "Swift Transport Ltd", "Walmart", "Andrade Stores", "Horizon Builders", "Unilever", "Vita Pharmacies", "Acme Corp"]  # fmt: skip
COMPARISONS = [
    "We are the best solution on the market.", "It is the most complete platform in Brazil.", "Your results are above the industry average.", "We deliver faster than any competitor.", "We are the market leader in business software.",
    "No other vendor offers this.", "You grow more than companies of your size.", "It is cheaper than competing systems.", "It is the most widely used ERP in the country.", "Our support is superior to that of competitors.",
    "It doubles your sales.", "The only platform that brings everything together.", "Companies like yours already save more.", "An industry-leading tool for finance.", "All of this is risk-free.", "Your return is guaranteed.",
    "Your figures are better than those of other companies.", "We are number one in satisfaction.", "Compared with competitors, you spend less.", "An unbeatable technology.", "Your team closes the month three times faster.",
    "The best value in its category.", "We stay ahead of the competition.", "The leading finance solution.", "Your usage is below the average of our customers.", "It outperforms every other system.",
]  # fmt: skip
