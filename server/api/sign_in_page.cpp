#include "server/api/sign_in_page.hpp"

#include <fmt/format.h>

#include "crypto/totp.hpp"
#include "server/api/html.hpp"
#include "server/api/texts.hpp"

namespace doorstep::server {
namespace {

class Words {
public:
    explicit Words(Language language) : language_(language) {}
    std::string_view say(Text key) const { return text(key, language_); }
    std::string whole(Text title, const std::string& body) const {
        const std::string heading = fmt::format("<header><h1>{}</h1></header>\n", say(Text::office));
        return page(say(title), heading + body, language_ == Language::zh_cn ? "zh-CN" : "en");
    }
    std::string field(Text label, std::string_view type, std::string_view name, std::string_view complete) const {
        return fmt::format("<p><label>{}<br><input type=\"{}\" name=\"{}\" autocomplete=\"{}\" required></label></p>\n",
                           say(label), type, name, complete);
    }

private:
    Language language_;
};

std::string notice_of(std::string_view notice) { return fmt::format("<p role=\"alert\">{}</p>\n", escape(notice)); }

/// What authenticator apps read out of a QR code or take as a link. Its name is for the person alone.
std::string app_uri(std::string_view name, std::string_view secret) {
    constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    std::string label;
    for (const char byte : name)
        label += unreserved.find(byte) == unreserved.npos ? fmt::format("%{:02X}", static_cast<unsigned char>(byte))
                                                          : std::string(1, byte);
    return fmt::format("otpauth://totp/Doorstep:{}?secret={}&issuer=Doorstep", label, crypto::base32(secret));
}

}  // namespace

std::string render_login(Language language, std::string_view notice) {
    const Words words(language);
    return words.whole(
        Text::sign_in,
        fmt::format("{}<form method=\"post\" action=\"/office/login\">\n{}{}{}<button>{}</button></form>\n"
                    "<p class=\"note\"><a href=\"/office/activate\">{}</a></p>",
                    notice_of(notice), words.field(Text::account, "text", "name", "username"),
                    words.field(Text::password, "password", "password", "current-password"),
                    words.field(Text::one_time_code, "text", "code", "one-time-code"), words.say(Text::sign_in),
                    words.say(Text::have_invitation)));
}

std::string render_activation(Language language, std::string_view notice) {
    const Words words(language);
    return words.whole(
        Text::activate,
        fmt::format(
            "{}<p class=\"note\">{}</p>\n<form method=\"post\" action=\"/office/activate\">\n{}{}{}"
            "<button>{}</button></form>",
            notice_of(notice), words.say(Text::activate_hint), words.field(Text::account, "text", "name", "username"),
            words.field(Text::invitation, "text", "token", "off"),
            words.field(Text::new_password, "password", "password", "new-password"), words.say(Text::activate)));
}

std::string render_activated(Language language, std::string_view name, std::string_view totp_secret) {
    const Words words(language);
    return words.whole(Text::activate, fmt::format("<p>{}</p>\n<p><code>{}</code></p>\n<p><a href=\"{}\">{}</a></p>\n"
                                                   "<p><a href=\"/office/login\">{}</a></p>",
                                                   words.say(Text::activated_hint), crypto::base32(totp_secret),
                                                   escape(app_uri(name, totp_secret)), words.say(Text::open_in_app),
                                                   words.say(Text::sign_in)));
}

}  // namespace doorstep::server
