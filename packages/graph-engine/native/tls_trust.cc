#include "tls_trust.h"

#include <gio/gio.h>

#include "arguments.h"

namespace rivero {

namespace {

struct TrustAll {
  GTlsDatabase parent;
};
struct TrustAllClass {
  GTlsDatabaseClass parent;
};

GTlsCertificateFlags VerifyNothing(GTlsDatabase*, GTlsCertificate*, const gchar*, GSocketConnectable*, GTlsInteraction*,
                                   GTlsDatabaseVerifyFlags, GCancellable*, GError**) {
  return G_TLS_CERTIFICATE_NO_FLAGS;
}

void InitClass(gpointer type, gpointer) { G_TLS_DATABASE_CLASS(type)->verify_chain = VerifyNothing; }

GType TrustAllType() {
  static const GType type = g_type_register_static_simple(G_TYPE_TLS_DATABASE, "RiveroTrustAll", sizeof(TrustAllClass), InitClass,
                                                          sizeof(TrustAll), nullptr, G_TYPE_FLAG_NONE);
  return type;
}

// trustTls(file): certificates of a PEM file; of nobody in particular, without one.
void TrustTls(const Napi::CallbackInfo& info) {
  std::string file;
  if (!ReadString(info, 0, "file", &file)) return;
  GTlsDatabase* database = nullptr;
  if (file.empty()) {
    database = G_TLS_DATABASE(g_object_new(TrustAllType(), nullptr));
  } else {
    GError* error = nullptr;
    database = g_tls_file_database_new(file.c_str(), &error);
    if (database == nullptr) {
      ThrowCoded(info.Env(), "INVALID_VALUE", error == nullptr ? "no certificates" : error->message);
      g_clear_error(&error);
      return;
    }
  }
  g_tls_backend_set_default_database(g_tls_backend_get_default(), database);
  g_object_unref(database);
}

}  // namespace

void ExportTlsTrust(Napi::Env env, Napi::Object exports) {
  exports.Set("trustTls", Napi::Function::New(env, TrustTls, "trustTls"));
}

}  // namespace rivero
