package gaitway

import (
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// TLS says how TLS is spoken to a server. Files are PEM; an empty field has its default.
type TLS struct {
	// CA is the file with the certificates of those who vouch for the server; empty for those that this system trusts.
	CA string
	// Cert is the file with this client's own certificate. It comes with Key or not at all.
	Cert string
	// Key is the file with the private key of Cert.
	Key string
	// ServerName is the name in the server's certificate; empty for the host of the endpoint.
	ServerName string
}

// Endpoint is where a server is and how to speak to it: its address, TLS, and the token that says who calls. It is
// immutable and never shows a token: neither String nor any verb of fmt does.
type Endpoint struct {
	host      string
	port      int
	socket    string
	tls       *TLS
	tokenFile string
	// A function, since fmt would print a text.
	token func() string
}

var (
	tlsParameters = []string{"ca", "cert", "key", "server_name", "token_file"}
	tcpParameters = []string{"token_file"}

	endpointForm = regexp.MustCompile(`(?s)^(tls|tcp)://([^?]*)(\?)?(.*)$`)
	hostPortForm = regexp.MustCompile(`^(?:\[([0-9a-fA-F:.]+(?:%[^\s\[\]/%]+)?)\]|([^\s\[\]:/@?#&%]+)):(\d{1,5})$`)
	bareForm     = regexp.MustCompile(`^(.*:.*):(\d{1,5})$`)
	hostForm     = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*)(\.[A-Za-z0-9-]+)*\.?$`)
	tokenForm    = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)
	slashes      = regexp.MustCompile(`^/{2,}`)
)

const longestToken = 512

// ParseEndpoint reads an endpoint as people write it:
//
//   - host:port, [ipv6]:port or unix:path, which are plaintext; all behind unix: is the path of a socket;
//   - tls://host:port, perhaps with ?ca=FILE&cert=FILE&key=FILE&server_name=NAME&token_file=FILE, of which each may be
//     left out;
//   - tcp://host:port?token_file=FILE, plaintext with a token, on this machine only.
//
// In values, % and two hexadecimal digits stand for a byte. The error is an [*ArgumentError] that says what is allowed.
func ParseEndpoint(text string) (*Endpoint, error) {
	match := endpointForm.FindStringSubmatch(text)
	if match == nil {
		return parseAddress(text)
	}
	scheme, where := match[1], match[2]
	values := map[string]string{}
	if match[3] != "" {
		var err error
		if values, err = endpointParameters(scheme, match[4]); err != nil {
			return nil, err
		}
	}
	if strings.HasPrefix(where, "unix:") {
		return nil, argument("endpoint", "the address must be host:port behind %s://, but is '%s'", scheme, where)
	}
	e, err := parseAddress(where)
	if err != nil {
		return nil, err
	}
	e.tokenFile = values["token_file"]
	if scheme == "tls" {
		e.tls = &TLS{CA: values["ca"], Cert: values["cert"], Key: values["key"], ServerName: values["server_name"]}
		if (e.tls.Cert == "") != (e.tls.Key == "") {
			named := "cert"
			if e.tls.Cert == "" {
				named = "key"
			}
			return nil, argument("endpoint", "it must name both cert and key or neither, but names only %s", named)
		}
		if name := e.tls.ServerName; name != "" && !hostForm.MatchString(name) {
			return nil, argument("endpoint", "server_name must be the name of a host, but is '%s'", name)
		}
	}
	return e, e.requireSecrecy()
}

func parseAddress(text string) (*Endpoint, error) {
	if path, ok := strings.CutPrefix(text, "unix:"); ok {
		return parseSocket(text, path)
	}
	match := hostPortForm.FindStringSubmatch(text)
	if match != nil {
		host := match[1] + match[2]
		port, _ := strconv.Atoi(match[3])
		valid := match[1] == "" || isIPv6(host)
		if match[2] != "" {
			valid = hostForm.MatchString(host)
		}
		if valid && port >= 1 && port <= 65535 {
			return &Endpoint{host: host, port: port}, nil
		}
	}
	hint := "write 127.0.0.1:7447, [::1]:7447 or unix:/path/to/socket, with TLS tls://host:port"
	if bare := bareForm.FindStringSubmatch(text); bare != nil && isIPv6(bare[1]) {
		hint = fmt.Sprintf("an IPv6 address needs brackets: [%s]:%s", bare[1], bare[2])
	}
	return nil, argument("endpoint", "the address must be host:port with a port from 1 to 65535, but is '%s'; %s", text, hint)
}

func parseSocket(text, path string) (*Endpoint, error) {
	// Slashes before a path are as good as one: unix:///path is how a URI has it.
	path = slashes.ReplaceAllString(path, "/")
	if path == "" || path == "/" || strings.ContainsFunc(path, unicode.IsControl) || !utf8.ValidString(path) {
		return nil, argument("endpoint",
			"the address must be unix: and a path, such as unix:/path/to/socket, but is '%s'", text)
	}
	longest := 107
	if runtime.GOOS == "darwin" {
		longest = 103
	}
	if len(path) > longest {
		return nil, argument("endpoint",
			"the path of a socket must have at most %d bytes, but this one has %d; use a shorter one: '%s'",
			longest, len(path), text)
	}
	return &Endpoint{socket: path}, nil
}

func isIPv6(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is6()
}

func endpointParameters(scheme, query string) (map[string]string, error) {
	allowed := tlsParameters
	if scheme == "tcp" {
		allowed = tcpParameters
	}
	values := map[string]string{}
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		if name == "token" {
			return nil, argument("endpoint",
				"it must not hold a token, which logs would show; name its file with token_file")
		}
		known := false
		for _, it := range allowed {
			known = known || it == name
		}
		if !known {
			// Somebody may have written a token where a name belongs.
			if len(name) > 20 {
				name = strings.ToValidUTF8(name[:8], "") + "…"
			}
			return nil, argument("endpoint", "there is the parameter '%s'; %s:// takes %s",
				name, scheme, strings.Join(allowed, ", "))
		}
		decoded, ok := unescape(value)
		if !ok {
			return nil, argument("endpoint",
				"it has %s=%s, but behind a %% there must be two hexadecimal digits, and the whole must be UTF-8; write"+
					" %%25 for a %% itself", name, value)
		}
		if decoded == "" || strings.ContainsFunc(decoded, unicode.IsControl) {
			return nil, argument("endpoint", "it must give %s a value without control characters", name)
		}
		if _, twice := values[name]; twice {
			return nil, argument("endpoint", "it names %s twice", name)
		}
		values[name] = decoded
	}
	return values, nil
}

func unescape(value string) (string, bool) {
	var bytes []byte
	for i := 0; i < len(value); i++ {
		if value[i] != '%' {
			bytes = append(bytes, value[i])
			continue
		}
		if i+2 >= len(value) {
			return "", false
		}
		code, err := strconv.ParseUint(value[i+1:i+3], 16, 8)
		if err != nil {
			return "", false
		}
		bytes = append(bytes, byte(code))
		i += 2
	}
	return string(bytes), utf8.Valid(bytes)
}

// All but letters, digits, - . _ ~ and / is escaped, byte by byte.
func escape(value string) string {
	var b strings.Builder
	for i := range len(value) {
		c := value[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~/", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// String writes the endpoint as [ParseEndpoint] reads it; a token that was given in code is left out.
func (e *Endpoint) String() string {
	var query []string
	add := func(name, value string) {
		if value != "" {
			query = append(query, name+"="+escape(value))
		}
	}
	if e.tls != nil {
		add("ca", e.tls.CA)
		add("cert", e.tls.Cert)
		add("key", e.tls.Key)
		add("server_name", e.tls.ServerName)
	}
	if e.socket == "" { // A socket's path takes the whole text.
		add("token_file", e.tokenFile)
	}
	text := e.address()
	if len(query) > 0 {
		text += "?" + strings.Join(query, "&")
	}
	switch {
	case e.tls != nil:
		return "tls://" + text
	case len(query) > 0:
		return "tcp://" + text
	default:
		return text
	}
}

// address is the endpoint's address alone: host:port, [ipv6]:port or unix:path.
func (e *Endpoint) address() string {
	if e.socket != "" {
		return "unix:" + e.socket
	}
	if strings.Contains(e.host, ":") {
		return fmt.Sprintf("[%s]:%d", e.host, e.port)
	}
	return fmt.Sprintf("%s:%d", e.host, e.port)
}

// Network and address as package net takes them.
func (e *Endpoint) dial() (network, address string) {
	if e.socket != "" {
		return "unix", e.socket
	}
	return "tcp", e.address()
}

// WithToken is the same endpoint with this token in place of its own. The error is an [*ArgumentError] if it is no
// token, or if the endpoint is plaintext to another machine; it does not repeat the token.
func (e *Endpoint) WithToken(token string) (*Endpoint, error) {
	checked, err := checkToken(token)
	if err != nil {
		return nil, err
	}
	with := *e
	with.tokenFile = ""
	with.token = func() string { return checked }
	return &with, with.requireSecrecy()
}

// TakesToken says whether a token would be sent there: over TLS, or to this machine.
func (e *Endpoint) TakesToken() bool {
	return e.tls != nil || e.local()
}

func (e *Endpoint) local() bool {
	if e.socket != "" {
		return true
	}
	if address, err := netip.ParseAddr(e.host); err == nil {
		return address.Unmap().IsLoopback()
	}
	return strings.EqualFold(e.host, "localhost")
}

func (e *Endpoint) requireSecrecy() error {
	if (e.tokenFile != "" || e.token != nil) && !e.TakesToken() {
		return argument("endpoint",
			"%s is plaintext, in which a token is sent to this machine only; use TLS: tls://%s", e.address(), e.address())
	}
	return nil
}

// secret is the token to send, a file's read anew: the endpoint's own, else the one that the environment names; empty
// for none.
func (e *Endpoint) secret() (string, error) {
	switch {
	case e.token != nil:
		return e.token(), nil
	case e.tokenFile != "":
		return readToken(e.tokenFile)
	case !e.TakesToken():
		return "", nil
	}
	if token := os.Getenv("GAITWAY_TOKEN"); token != "" {
		checked, err := checkToken(token)
		if err != nil {
			return "", argument("GAITWAY_TOKEN", "%s", err)
		}
		return checked, nil
	}
	if file := os.Getenv("GAITWAY_TOKEN_FILE"); file != "" {
		return readToken(file)
	}
	return "", nil
}

func readToken(file string) (string, error) {
	bytes, err := os.ReadFile(file)
	if err != nil {
		return "", argument("token_file",
			"'%s' cannot be read (%v); name a file with a token, as ./gaitway token makes them", file, err)
	}
	token, err := checkToken(string(bytes))
	if err != nil {
		return "", argument("token_file", "'%s': %v", file, err)
	}
	return token, nil
}

// checkToken takes the white space around a token away; an error does not repeat it.
func checkToken(token string) (string, error) {
	stripped := strings.TrimSpace(token)
	if len(stripped) > longestToken || !tokenForm.MatchString(stripped) {
		return "", argument("token",
			"it must be 1 to %d characters of A-Z a-z 0-9 . _ ~ + / - and = at its end, but this one has %d or others",
			longestToken, len(stripped))
	}
	return stripped, nil
}

// startHint says how to start a server that would be found there.
func (e *Endpoint) startHint() string {
	if e.socket != "" {
		return "start one with: ./gaitway serve --unix " + shellWord(e.socket)
	}
	hint := fmt.Sprintf("start one with: ./gaitway serve --host %s --port %d", shellWord(e.host), e.port)
	if e.tls != nil {
		hint += " --tls-certificate PEM --tls-key PEM"
	}
	return hint
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

func shellWord(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'"'"'`) + "'"
}
