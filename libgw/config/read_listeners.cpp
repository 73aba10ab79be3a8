#include "libgw/config/address.h"
#include "libgw/config/schema.h"

namespace gw::config {
namespace {

const Table<Certificate>& certificate_table() {
    static const Table<Certificate> table{
        "an object with cert and key",
        {
            key("cert", &Certificate::cert, file_path(), "PEM file of the certificate and its chain", Need::required),
            key("key", &Certificate::key, file_path(), "PEM file of the private key", Need::required),
        }};
    return table;
}

const Table<Tls>& tls_table() {
    static const Table<Tls> table{
        "an object of TLS settings",
        {
            key("certificates", &Tls::certificates, list(object(certificate_table())),
                "certificates; the first serves clients that name no host"),
            key("selfSigned", &Tls::self_signed, boolean(), "make a certificate in memory at start"),
            key("clientCa", &Tls::client_ca, maybe(file_path()),
                "PEM file of authorities; clients must then show a certificate of theirs"),
        }};
    return table;
}

}  // namespace

Type<std::string> address_type() {
    return parsed<std::string>(
        "an address such as 127.0.0.1:8080",
        [](std::string_view text) -> Result<std::string> {
            const Address address = TRY(parse_address(text));
            return address.text();
        },
        [](const std::string& address) { return address; }, "^(unix:.+|.+:[0-9]{1,5})$");
}

const Table<Listener>& listener_table() {
    static const Table<Listener> table{"an address or an object",
                                       {
                                           key("address", &Listener::address, address_type(),
                                               "where to listen: ADDRESS:PORT or unix:PATH", Need::required),
                                           key("tls", &Listener::tls, maybe(object(tls_table())), "serve TLS"),
                                       }};
    return table;
}

}  // namespace gw::config
