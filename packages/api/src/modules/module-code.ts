/** Where Kurento publishes the client packages of an extra module. */
export function moduleCode<const Name extends string>(name: Name) {
  return {
    java: {
      packageName: `org.kurento.module.${name}`,
      mavenGroupId: 'org.kurento.module',
      mavenArtifactId: name,
    },
    js: { nodeName: `kurento-module-${name}` },
  } as const;
}
