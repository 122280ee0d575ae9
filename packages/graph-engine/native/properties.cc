#include "properties.h"

#include "arguments.h"
#include "values.h"

namespace rivero {

bool ReadProperty(Napi::Env env, GObjectClass* object_class, const std::string& name, Napi::Value value,
                  bool at_construction, GValue* out) {
  const std::string type = G_OBJECT_CLASS_NAME(object_class);
  GParamSpec* spec = g_object_class_find_property(object_class, name.c_str());
  if (spec == nullptr || !(spec->flags & G_PARAM_WRITABLE)) {
    ThrowCoded(env, "NO_SUCH_PROPERTY", type + " has no writable property " + name);
    return false;
  }
  if ((spec->flags & G_PARAM_CONSTRUCT_ONLY) && !at_construction) {
    ThrowCoded(env, "NO_SUCH_PROPERTY", type + "." + name + " can be set only when the element is made");
    return false;
  }
  g_value_init(out, spec->value_type);
  // What GLib would have to change to make it valid is refused, too.
  if (ToGValue(value, out, spec) && !g_param_value_validate(spec, out)) return true;
  g_value_unset(out);
  ThrowCoded(env, "INVALID_VALUE",
             value.ToString().Utf8Value() + " is no value for " + type + "." + name + ", a " + g_type_name(spec->value_type));
  return false;
}

}  // namespace rivero
