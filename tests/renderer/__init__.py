"""A front of our own beside Slack's: it draws the neutral shapes as a page, and plays them by clicks.

    markup   Wording and values → HTML, safely
    draw     shapes → HTML: blocks, fields, windows
    page     the page round them: Home, messages, the open windows
    entered  what a page sends → what a form holds
    screens  what one person has before their eyes
    accounts who may come
    front    asks the handlers
    replies  does what they answer
    postman  carries what the outbox sends
    serving  the web server
    opening  the invented school, with this front before it
    visitor  somebody at the page, in Chromium
    walk     everything that one person can reach
    sheets   contact sheets of it; `make sheets`
    pictures those of the documentation; `make pictures`

It imports nothing of `handlers.slack`, and no library of Slack's (`tests/test_stands_beside.py`).
"""
