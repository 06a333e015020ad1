"""Shapes of secrets and of e-mail addresses, as patterns for the engine of `redaction`.

Two families. Keys of well-known services have a shape of their own and are found wherever they stand. Everything else
is known by the name before it: `password`, `token`, `secret`, `... key` at the end of an identifier in any case and
style (env, YAML, JSON, JSON in JSON, a URL's query, an option of a command), then `:` or `=`, then the value on the
same line. Names that mean other things too ask more of the value: `token: expired` and `token: 1024` are words, and so
is `PWD=/home/ada`. What is fetched (`get_token()`, `$TOKEN`, `login.password`) is no secret.

Every pattern is linear: what repeats is possessive or bounded, and no two things that repeat can take the same letters.
"""

from __future__ import annotations

EMAIL = (
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])"
)

_SHAPES = (
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[^-]|-(?!----)){0,20000}+(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?",
    r"\bsk-(?:ant-|proj-|or-)?[A-Za-z0-9_-]{16,}",
    r"\b(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}(?![A-Z0-9])",
    r"\bgh[pousr]_[A-Za-z0-9]{30,}",
    r"\bgithub_pat_[A-Za-z0-9_]{30,}",
    r"\bglpat-[A-Za-z0-9_-]{20,}",
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{20,}",
    r"\bAIza[A-Za-z0-9_-]{35,}",
    r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}",
    r"\bnpm_[A-Za-z0-9]{36}(?![A-Za-z0-9])",
    r"\bpypi-[A-Za-z0-9_-]{40,}",
    r"\bhf_[A-Za-z0-9]{30,}",
    r"\bS[UAOCNX][A-Z2-7]{56}(?![A-Z0-9])",
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)+",
)

MASK = "\uffff"
"""Stands where a placeholder stands already; no value has it in it."""
_OPEN = r"\\?[\"'`]?"
_IS = r"\\?[\"'`]?\]?[ \t]{0,4}(?:=>|:=|[:=])[ \t]{0,4}"
_OTHER_WORDS = (
    r"(?!(?i:null|none|nil|true|false|undefined|unset|empty|missing|required|optional|expired|invalid|incorrect|wrong"
    r"|unknown|revoked|rejected|accepted|denied|string|integer|number|boolean|object|redacted|hidden|secret|password"
    r"|token)(?![\w~+/=@#!%^*-]))"
)
"""What is said of a secret, and types."""
_FETCHED = (
    r"(?!\$?\(|\*{3}|[A-Za-z_][\w.]{0,80}+[(\[]|\$[A-Z_(][A-Z0-9_]{0,80}+(?![\w-])"
    r"|(?:self|this|os\.environ|process\.env)\."
    r"|(?:[A-Za-z_]{1,40}+\.){1,6}+[a-z_]{0,30}?(?:password|passwd|passphrase|secret|token|key|username)"
    r"(?![\w~+/=@#!%^*-]))"
)
"""A call, a variable, a field of that name; asterisks are no secret any more."""
_A_PATH = r"(?!(?:~|\.{1,2})?/[a-z][a-z._-]{1,30}[/.])"
_NO_SECRET = _OTHER_WORDS + _FETCHED + _A_PATH
_SIGN = rf"[^\s\"'`\\,;&<>\[\]{{}}{MASK}]"
_QUOTED = (
    rf"(?:\\\"\K{_NO_SECRET}[^\"\\\n{MASK}]{{4,}}+(?=\\\")|\"\K{_NO_SECRET}(?:[^\"\\\n{MASK}]|\\[^{MASK}]){{4,}}+(?=\")"
    rf"|'\K{_NO_SECRET}(?:[^'\\\n{MASK}]|\\[^{MASK}]){{4,}}+(?='))"
)
"""To the other quotation mark, blanks included."""
_BARE = rf"{_OPEN}\K{_NO_SECRET}{_SIGN}{{6,}}+"
_A_WORD = r"(?![A-Za-z]?[a-z]{1,19}(?![\w~+/=@#!%^*-]))"
_A_NUMBER = r"(?!\d{1,9}(?![\w~+/=-]))"
_BARE_AND_ODD = rf"(?:(?<==[ \t]{{0,4}})|{_A_WORD}){_OPEN}\K{_A_NUMBER}{_NO_SECRET}{_SIGN}{{6,}}+"
"""Behind `:` no word of a sentence, and no number."""
_NOT_COUNTED = r"(?<!(?:eos|bos|pad|unk|mask|sep|cls|stop|page|next|per|max|min|first|last|start|end)[_-]?)"

_NAMED = (
    rf"(?i:(?<!/|no)pass(?:word|wd|phrase|code)(?:[_-]?confirm(?:ation)?)?\d?){_IS}(?:{_QUOTED}|{_BARE})",
    rf"(?i:(?<=[_-])pass){_IS}(?:{_QUOTED}|{_BARE})",
    rf"(?i:pwd){_IS}{_OPEN}(?![/~.$])(?<=[\"'`:= \t])\K{_SIGN}{{4,}}+",
    rf"(?i:secret){_IS}(?:{_QUOTED}|{_BARE_AND_ODD})",
    rf"(?i:{_NOT_COUNTED}token){_IS}{_BARE_AND_ODD}",
    rf"(?i:(?:api|access|secret|private|account|signing|encryption|master|service|auth|shared)[_ -]?key(?:[_-]?base)?)"
    rf"{_IS}{_BARE_AND_ODD}",
    rf"(?i:secret[_-]?access[_-]?key){_IS}{_OPEN}\K[A-Za-z0-9/+=]{{40}}",
    rf"(?i:[?&;](?:x-amz-signature|sig)=)\K[^\s\"'&<>{MASK}]{{16,}}+",
    # --password hunter22
    rf"(?i:(?<![\w-])--(?:[a-z]{{1,20}}-)?(?:password|passphrase|token|secret|(?:api|access|secret)-key))[ \t]{{1,4}}"
    rf"(?!-){_BARE_AND_ODD}",
    r"\bcurl\b(?:[^\nc-]|(?<=\\)\n|c(?!url\b)|(?<!\s)-|-(?!u|U|-user|-proxy-user))*+"
    rf"(?<=\s)-(?:u|U|-user|-proxy-user)[ \t=]{{0,4}}[\"']?\K[^\s:\"'${MASK}]*+:[^\s\"'${MASK}][^\s\"'{MASK}]*+",
    r"(?i:\b(?:bearer|basic|token)) {1,4}\K[A-Za-z0-9._~+/=-]{20,}",
    rf"(?i:authorization){_IS}{_OPEN}(?i:(?:basic|bearer|token|negotiate|apikey|ntlm) {{1,4}}\K|\K(?=[^\s]{{16}}))"
    rf"(?=[a-z.-]{{0,200}}+[A-Z0-9+/=_~])[A-Za-z0-9._~+/=-]{{8,}}+",
    rf"(?i:\b(?:set-)?cookie){_IS}{_OPEN}\K[A-Za-z0-9_.$-]{{1,80}}+=[^\s\"'\\;{MASK}]++"
    rf"(?:; {{0,4}}[A-Za-z0-9_.$-]{{1,80}}+=[^\s\"'\\;{MASK}]++)*+",
    # The name before the password may be an address, and a password may have an @ in it.
    r"(?<=://)(?!\[?user(?:name)?:pass(?:word|wd)?\]?@)"
    rf"[^\s/:?#\"'<>{MASK}]*+:(?!\d{{1,5}}(?:[?#,]|$))[^\s/\"'<>{MASK}]+(?=@)",
)

SECRETS = (*_SHAPES, *_NAMED)
"""Keys of well-known services, NATS seeds, JSON web tokens, private keys, and what stands behind a telling name."""
