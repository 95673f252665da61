# SPDX-License-Identifier: GPL-2.0
project = "Clasp"
author = "the Clasp developers"
extensions = []
html_theme = "alabaster"
html_theme_options = {"description": "TCP's life as a kernel module", "page_width": "1100px"}
html_show_sphinx = False
html_show_copyright = False
nitpicky = True
man_pages = [
    ("clasp.7", "clasp", "connection-oriented stream sockets of their own protocol", author, 7),
    ("clasp.1", "clasp", "watch Clasp connections and run labs", author, 1),
]
